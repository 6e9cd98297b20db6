package io.cairn.engine.remote;

import io.cairn.engine.gateway.ConnectionBody;
import org.agrona.DirectBuffer;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a client knows of its cluster: where it was told that members are, where members say that members are, and who leads. Owner: the thread of the
 * client; any may read {@link #targets()}.
 */
final class ClusterView {
    private final RemoteSettings settings;
    private final Map<Integer, String> endpoints = new TreeMap<>();
    private volatile List<String> targets;
    private int leaderId = -1;

    ClusterView(final RemoteSettings settings) {
        this.settings = settings;
        targets = List.copyOf(settings.targets());
    }

    /** What a member says of the others. */
    void learn(final DirectBuffer body) {
        final Map<Integer, String> members = ConnectionBody.members(body);
        if (!members.isEmpty() && !members.equals(endpoints)) {
            endpoints.clear();
            endpoints.putAll(members);
            final Set<String> all = new LinkedHashSet<>(settings.targets());
            members.forEach((id, endpoint) -> {
                if (!targetOf(id).isEmpty()) {
                    all.add(targetOf(id));
                }
            });
            targets = List.copyOf(all);
        }
    }

    void leader(final int id) {
        leaderId = id;
    }

    private String targetOf(final int id) {
        return settings.isSharedMemory() ? Integer.toString(id) : endpoints.getOrDefault(id, "");
    }

    /** @return where the leader is, or empty. */
    String leader() {
        return leaderId < 0 ? "" : targetOf(leaderId);
    }

    /** @return everywhere that a member may be. */
    List<String> targets() {
        return targets;
    }
}
