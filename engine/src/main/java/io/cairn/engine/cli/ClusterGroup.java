package io.cairn.engine.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.cairn.engine.ClusterRecovery;
import io.cairn.engine.EngineContext;
import io.cairn.engine.admin.AdminReply;
import io.cairn.engine.admin.AdminRequest;
import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * {@code cairn cluster …}: the members of a cluster, asked and changed over the network.
 */
@Command(
    name = "cluster",
    description = "Shows and changes the members of a cluster.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
        "",
        "Members that do not answer are a state and no error. Changes return when they are done: a new member votes once it has",
        "caught up. One command may add and remove several: cairn cluster replace --add 3=HOST:PORT --remove 0."
    })
final class ClusterGroup {
    private final CairnCommand root;

    @Spec
    private CommandSpec spec;

    @Option(names = "--cluster", scope = ScopeType.INHERIT, paramLabel = "HOST:PORT,...", description = "Some members; the others are learned.")
    private String cluster;

    @Option(names = "--secret-file", scope = ScopeType.INHERIT, paramLabel = "FILE", description = "Holds the secret of the cluster.")
    private Path secretFile;

    @Option(names = "--timeout", scope = ScopeType.INHERIT, paramLabel = "DURATION", converter = KvGroup.DurationNs.class,
        description = "How long it may take (default: 8s to look, 60s to change).")
    private Long timeoutNs;

    ClusterGroup(final CairnCommand root) {
        this.root = root;
    }

    private static final long LOOK_TIMEOUT_NS = 8_000_000_000L;
    private static final long CHANGE_TIMEOUT_NS = 60_000_000_000L;

    private ParameterException refused(final String message) {
        return new ParameterException(spec.commandLine().getParseResult().subcommand().commandSpec().commandLine(), message);
    }

    private ClusterConsole open(final long otherwiseNs) {
        if (cluster == null) {
            throw refused("name some members with --cluster HOST:PORT,...");
        }
        try {
            for (final String endpoint : cluster.split(",", -1)) {
                MemberList.checkEndpoint(endpoint.strip());
            }
        } catch (final IllegalArgumentException ex) {
            throw refused(ex.getMessage());
        }
        return new ClusterConsole(cluster, secretFile, timeoutNs == null ? otherwiseNs : timeoutNs);
    }

    @Command(name = "status", description = "Shows every member: role, term, log, snapshot, lag, sessions, and digests at one entry.")
    void status() {
        try (ClusterConsole console = open(LOOK_TIMEOUT_NS)) {
            final Map<Integer, AdminReply> digests = console.digests(console.look());
            // Looked at once more, so that every member is shown at or behind the entry of the digests.
            final ClusterConsole.View view = console.look();
            show(view, digests);
            requireAnswer(view);
        }
    }

    private static void requireAnswer(final ClusterConsole.View view) {
        if (view.absence() != null) {
            throw new CliFailure("no member answers: " + view.absence());
        }
    }

    private void show(final ClusterConsole.View view, final Map<Integer, AdminReply> digests) {
        if (root.isJson()) {
            root.console().answer(ClusterReport.json(view, digests));
        } else {
            root.console().out().print(ClusterReport.text(view, digests));
        }
    }

    @Command(name = "members", description = "Shows who the members are: a line for each, with its endpoint and what it is.")
    void members() {
        try (ClusterConsole console = open(LOOK_TIMEOUT_NS)) {
            final ClusterConsole.View view = console.look();
            final ClusterConfiguration configuration = view.configuration();
            requireAnswer(view);
            final Membership membership = configuration.membership();
            final Json json = new Json().object().array("members");
            for (long rest = membership.members(); 0 != rest; rest &= rest - 1) {
                final int id = Long.numberOfTrailingZeros(rest);
                final String kind = membership.isVoter(id) ? "voter" : "learner";
                final String endpoint = configuration.endpoint(id);
                if (root.isJson()) {
                    json.object().put("id", id).put("endpoint", endpoint).put("kind", kind)
                        .put("incarnation", Long.toHexString(membership.incarnation(id))).endObject();
                } else {
                    root.console().answer(id + "\t" + endpoint + "\t" + kind);
                }
            }
            if (root.isJson()) {
                root.console().answer(json.endArray().endObject().toString());
            }
        }
    }

    @Command(name = "add", description = "Adds a member that runs already; it votes once it has caught up.")
    void add(
        @Parameters(paramLabel = "N=HOST:PORT") final String member,
        @Option(names = "--learner", description = "It receives the log and serves reads, and never votes.") final boolean learner,
        @Option(names = "--force", description = "Also where nobody answers there yet.") final boolean force) {
        if (learner && force) {
            throw refused("--learner takes a member that answers: start it first");
        }
        change(edits(learner ? MemberChange.ADD_LEARNER : MemberChange.ADD, List.of(member)), force);
    }

    @Command(name = "remove", description = "Removes a member, whether it runs or not; a leader that is removed hands over.")
    void remove(@Parameters(paramLabel = "N") final String member) {
        change(edits(MemberChange.REMOVE, List.of(member)), false);
    }

    @Command(name = "promote", description = "Lets a learner vote, once it has caught up.")
    void promote(@Parameters(paramLabel = "N") final String member) {
        change(edits(MemberChange.PROMOTE, List.of(member)), false);
    }

    @Command(name = "replace", description = "Adds and removes any number of members in one change.")
    void replace(
        @Option(names = "--add", paramLabel = "N=HOST:PORT", required = true, description = "New member; repeatable.") final List<String> added,
        @Option(names = "--remove", paramLabel = "N", description = "Member that leaves; repeatable.") final List<String> removed,
        @Option(names = "--force", description = "Also where nobody answers there yet.") final boolean force) {
        final List<AdminRequest.Edit> edits = edits(MemberChange.ADD, added);
        edits.addAll(edits(MemberChange.REMOVE, removed == null ? List.of() : removed));
        change(edits, force);
    }

    private List<AdminRequest.Edit> edits(final int action, final List<String> members) {
        final List<AdminRequest.Edit> edits = new ArrayList<>();
        try {
            for (final String member : members) {
                if (MemberChange.ADD == action || MemberChange.ADD_LEARNER == action) {
                    MemberList.parse(member).forEach((id, endpoint) -> edits.add(new AdminRequest.Edit(action, id, endpoint)));
                } else {
                    edits.add(new AdminRequest.Edit(action, MemberList.id(member), ""));
                }
            }
        } catch (final IllegalArgumentException ex) {
            throw refused(ex.getMessage());
        }
        return edits;
    }

    /** Done when every edit is in force and nothing of the change is left to do. */
    private void change(final List<AdminRequest.Edit> edits, final boolean force) {
        try (ClusterConsole console = open(CHANGE_TIMEOUT_NS)) {
            console.lead(AdminRequest.change(edits, force));
            final Predicate<ClusterConsole.View> done = view -> view.leader() != null && isDone(view.leader().status().configuration(), edits);
            final ClusterConsole.View view = console.await(done);
            if (view == null) {
                throw new CliFailure("the change is under way and not done in time: cairn cluster status shows how far it is");
            }
            final Membership membership = view.leader().status().configuration().membership();
            if (root.isJson()) {
                root.console().answer(ClusterReport.json(view, Map.of()));
            } else {
                root.console().answer("OK " + membership);
            }
        }
    }

    private static boolean isDone(final ClusterConfiguration configuration, final List<AdminRequest.Edit> edits) {
        final Membership membership = configuration.membership();
        if (membership.isJoint() || membership.isStaging()) {
            return false;
        }
        return edits.stream().allMatch(edit -> switch (edit.action()) {
            case MemberChange.REMOVE -> !membership.isMember(edit.id());
            case MemberChange.ADD_LEARNER -> membership.isMember(edit.id());
            default -> membership.isVoter(edit.id());
        });
    }

    @Command(name = "transfer", description = "Hands leadership over, to the member named or to the one that holds most of the log.")
    void transfer(@Parameters(paramLabel = "N", arity = "0..1") final String member) {
        final int target;
        try {
            target = member == null ? -1 : MemberList.id(member);
        } catch (final IllegalArgumentException ex) {
            throw refused(ex.getMessage());
        }
        try (ClusterConsole console = open(CHANGE_TIMEOUT_NS)) {
            final ClusterConsole.View before = console.await(view -> view.leader() != null);
            if (before == null) {
                throw new CliFailure("there is no leader to hand over: cairn cluster status shows who is missing");
            }
            final int from = before.leader().id();
            if (from != target) {
                console.lead(AdminRequest.transfer(target));
            }
            final ClusterConsole.View after = console.await(
                view -> view.leader() != null && (target < 0 ? view.leader().id() != from : view.leader().id() == target));
            if (after == null) {
                throw new CliFailure("leadership did not move in time: cairn cluster status shows who leads");
            }
            if (root.isJson()) {
                root.console().answer(new Json().object().put("leader", after.leader().id()).endObject().toString());
            } else {
                root.console().answer("OK leader=" + after.leader().id());
            }
        }
    }

    @Command(name = "snapshot", description = "Has every member that answers take a snapshot, and waits for them.")
    void snapshot() {
        try (ClusterConsole console = open(CHANGE_TIMEOUT_NS)) {
            final Set<String> present = new LinkedHashSet<>();
            final ClusterConsole.View view = console.look();
            requireAnswer(view);
            view.members().stream().filter(member -> member.status() != null).forEach(member -> present.add(member.endpoint()));
            final List<String> failures = new ArrayList<>();
            final Json json = new Json().object().array("snapshots");
            console.snapshot(present).forEach((endpoint, answer) -> {
                if (answer instanceof AdminReply reply && AdminReply.OK == reply.code()) {
                    json.object().put("id", reply.status().id()).put("index", reply.index()).endObject();
                    if (!root.isJson()) {
                        root.console().answer("OK member=" + reply.status().id() + " index=" + reply.index());
                    }
                } else {
                    failures.add(endpoint + ": " + (answer instanceof AdminReply reply ? reply.text() : answer));
                }
            });
            if (root.isJson()) {
                root.console().answer(json.endArray().endObject().toString());
            }
            if (!failures.isEmpty()) {
                throw new CliFailure("no snapshot of " + String.join("; ", failures));
            }
        }
    }

    @Command(
        name = "recover",
        description = "Makes a stopped member the only one of a new cluster: the only way out when a majority is lost for good.",
        footer = {
            "",
            "Works on the directory of a member that does not run. Says what will be lost, and asks. Take the member with the longest",
            "log. The other directories must not be used again: delete them, start their members blank and add them."
        })
    void recover(
        @Option(names = "--accept-loss", required = true, description = "Entries that only lost members have are given up.") final boolean accepts,
        @Option(names = "--data-dir", paramLabel = "DIR", required = true, description = "Data directory of the member.") final Path dataDir,
        @Option(names = "--id", paramLabel = "N", description = "The member, where its directory does not say.") final String member,
        @Option(names = "--profile", paramLabel = "NAME", description = "Profile that the member runs with.") final String profile,
        @Option(names = "--config", paramLabel = "FILE", description = "Configuration that the member runs with.") final Path config,
        @Option(names = "--yes", description = "Do not ask.") final boolean yes) {
        if (!Files.isDirectory(dataDir)) {
            throw new CliFailure(dataDir + ": no such directory; name the data directory of a stopped member");
        }
        final int id;
        try {
            id = member == null ? -1 : MemberList.id(member);
        } catch (final IllegalArgumentException ex) {
            throw refused(ex.getMessage());
        }
        final ClusterRecovery recovery = ClusterRecovery.examine(
            new EngineContext().dataDirectory(dataDir).profile(profile).configurationFile(config), id);
        root.console().err().println(recovery.loss());
        if (!yes && !isAccepted()) {
            throw new CliFailure("nothing was changed");
        }
        final String identity = Long.toHexString(recovery.accept());
        if (root.isJson()) {
            root.console().answer(new Json().object().put("id", recovery.memberId()).put("clusterId", identity).endObject().toString());
        } else {
            root.console().answer("OK member=" + recovery.memberId() + " cluster=" + identity + ": start it, then add members");
        }
    }

    private boolean isAccepted() {
        root.console().err().print("Type 'accept' to go on: ");
        root.console().err().flush();
        try {
            return "accept".equals(new BufferedReader(new InputStreamReader(root.console().in(), StandardCharsets.UTF_8)).readLine());
        } catch (final IOException ex) {
            throw new CliFailure("standard input cannot be read: " + ex.getMessage() + "; --yes goes on without asking");
        }
    }

    @Command(name = "digest", description = "Prints the digest of every member's state at one entry; exit code 1 where they differ.")
    void digest() {
        try (ClusterConsole console = open(LOOK_TIMEOUT_NS)) {
            final ClusterConsole.View view = console.look();
            requireAnswer(view);
            final Map<Integer, AdminReply> digests = console.digests(view);
            if (digests.isEmpty()) {
                throw new CliFailure("no leader marks an entry for the digests: cairn cluster status shows who is missing");
            }
            if (root.isJson()) {
                root.console().answer(ClusterReport.json(view, digests));
            } else {
                digests.forEach((id, reply) -> root.console().answer(
                    "member=" + id + " index=" + reply.index() + " digest=" + String.format("%016x", reply.digest())));
            }
            if (digests.values().stream().map(AdminReply::digest).distinct().count() > 1) {
                throw new CliFailure("the digests differ: members do not have the same state; stop them and keep their directories");
            }
        }
    }
}
