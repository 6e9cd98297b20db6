package io.cairn.engine.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.cairn.engine.admin.AdminReply;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.pipeline.TransferCounts;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;

/**
 * The state of a cluster, for a person and for a machine.
 */
final class ClusterReport {
    private static final String UNREACHABLE = "UNREACHABLE";
    private static final List<String> TITLES = List.of(
        "id", "endpoint", "role", "term", "leader", "commit", "applied", "lag", "log", "snapshot", "faulty", "sessions", "digest");

    private ClusterReport() {
    }

    static String json(final ClusterConsole.View view, final Map<Integer, AdminReply> digests) {
        final Json json = new Json().object();
        final ClusterConfiguration configuration = view.configuration();
        if (null == configuration || 0 == configuration.clusterId()) {
            json.putNull("clusterId");
        } else {
            json.put("clusterId", Long.toHexString(configuration.clusterId()));
        }
        json.array("members");
        for (final ClusterConsole.Found member : view.members()) {
            json.object();
            if (member.id() < 0) {
                json.putNull("id");
            } else {
                json.put("id", member.id());
            }
            json.put("endpoint", member.endpoint());
            if (null == member.status()) {
                json.putNull("incarnation").put("role", UNREACHABLE).putNull("term").putNull("leader").putNull("first").putNull("last")
                    .putNull("commit").putNull("applied").putNull("snapshotIndex").putNull("faultyRanges").putNull("sessions")
                    .putNull("transfers").putNull("digest");
            } else {
                put(json, member.status(), digests.get(member.id()));
            }
            json.endObject();
        }
        return json.endArray().endObject().toString();
    }

    private static void put(final Json json, final MemberStatus status, final AdminReply digest) {
        json.put("incarnation", Long.toHexString(status.incarnation())).put("role", status.role().name()).put("term", status.term());
        if (status.leader() < 0) {
            json.putNull("leader");
        } else {
            json.put("leader", status.leader());
        }
        json.put("first", status.firstIndex())
            .put("last", status.lastIndex())
            .put("commit", status.commitIndex())
            .put("applied", status.appliedIndex());
        json.put("snapshotIndex", status.snapshotIndex()).put("faultyRanges", status.faultyRanges()).put("sessions", status.sessions());
        final TransferCounts transfers = status.transfers();
        json.object("transfers").put("snapshotsSent", transfers.snapshotsSent()).put("snapshotBytesSent", transfers.snapshotBytesSent())
            .put("incrementsSent", transfers.incrementsSent()).put("incrementBytesSent", transfers.incrementBytesSent())
            .put("snapshotsInstalled", transfers.snapshotsInstalled()).put("incrementsInstalled", transfers.incrementsInstalled()).endObject();
        if (null == digest) {
            json.putNull("digest");
        } else {
            json.object("digest").put("index", digest.index()).put("value", String.format("%016x", digest.digest())).endObject();
        }
    }

    static String text(final ClusterConsole.View view, final Map<Integer, AdminReply> digests) {
        final List<List<String>> rows = new ArrayList<>();
        rows.add(TITLES);
        final ClusterConsole.Found leader = view.leader();
        for (final ClusterConsole.Found member : view.members()) {
            rows.add(row(member, leader, digests.get(member.id())));
        }
        final StringBuilder text = new StringBuilder();
        for (final List<String> row : rows) {
            final StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                final int at = column;
                final int width = rows.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
                line.append(String.format("%-" + Math.max(1, width) + "s  ", row.get(column)));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.append(remarks(view)).toString();
    }

    private static List<String> row(final ClusterConsole.Found member, final ClusterConsole.Found leader, final AdminReply digest) {
        final MemberStatus status = member.status();
        if (null == status) {
            final String id = member.id() < 0 ? "?" : Integer.toString(member.id());
            return List.of(id, member.endpoint(), UNREACHABLE, "", "", "", "", "", "", "", "", "", "");
        }
        return List.of(
            Integer.toString(status.id()),
            member.endpoint(),
            status.role().name(),
            Long.toString(status.term()),
            status.leader() < 0 ? "-" : Integer.toString(status.leader()),
            Long.toString(status.commitIndex()),
            Long.toString(status.appliedIndex()),
            null == leader ? "-" : Long.toString(Math.max(0, leader.status().commitIndex() - status.appliedIndex())),
            status.firstIndex() + ".." + status.lastIndex(),
            0 == status.snapshotIndex() ? "-" : Long.toString(status.snapshotIndex()),
            Integer.toString(status.faultyRanges()),
            Long.toString(status.sessions()),
            null == digest ? "-" : String.format("%016x@%d", digest.digest(), digest.index()));
    }

    private static String transfers(final int id, final TransferCounts counts) {
        final StringBuilder text = new StringBuilder();
        if (counts.snapshotBytesSent() + counts.incrementBytesSent() > 0) {
            text.append(String.format("member %d: has sent %,d whole snapshots (%,d bytes) and %,d increments (%,d bytes)%n", id,
                counts.snapshotsSent(), counts.snapshotBytesSent(), counts.incrementsSent(), counts.incrementBytesSent()));
        }
        if (counts.snapshotsInstalled() + counts.incrementsInstalled() > 0) {
            text.append(String.format(
                "member %d: was sent %,d whole snapshots and %,d increments%n", id, counts.snapshotsInstalled(), counts.incrementsInstalled()));
        }
        return text.toString();
    }

    private static String remarks(final ClusterConsole.View view) {
        final StringBuilder text = new StringBuilder();
        final ClusterConfiguration configuration = view.configuration();
        if (null != configuration) {
            final Membership membership = configuration.membership();
            text.append("cluster ").append(0 == configuration.clusterId() ? "not founded" : Long.toHexString(configuration.clusterId()))
                .append(": ").append(membership).append('\n');
        }
        for (final ClusterConsole.Found member : view.members()) {
            if (null != member.status()) {
                text.append(transfers(member.id(), member.status().transfers()));
            }
            final String remark = null == member.status() ? member.absence() : member.status().notice();
            if (!remark.isEmpty()) {
                text.append("member ").append(member.id() < 0 ? member.endpoint() : member.id()).append(": ").append(remark).append('\n');
            }
        }
        return text.toString();
    }
}
