package io.cairn.engine.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

import io.cairn.engine.CairnClient;
import io.cairn.engine.CairnClientContext;
import io.cairn.engine.admin.AdminReply;
import io.cairn.engine.admin.AdminRequest;
import io.cairn.engine.client.SharedSecret;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Role;

/**
 * A cluster, asked over the network: who its members are, and what the leader is to do. One thread.
 */
final class ClusterConsole implements AutoCloseable {
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(2);

    private final CairnClient client;
    private final List<String> targets;
    private final long deadlineNs;

    /**
     * A member as it was found.
     *
     * @param id       −1 where it is not known.
     * @param endpoint HOST:PORT.
     * @param status   null where it did not answer.
     * @param absence  why not; empty where it did.
     */
    record Found(int id, String endpoint, MemberStatus status, String absence) {
    }

    /**
     * What was found of the whole cluster.
     *
     * @param members by id; those whose id nobody knows come last.
     */
    record View(List<Found> members) {
        /** @return the member that leads in the highest term, or null. */
        Found leader() {
            Found leader = null;
            for (final Found member : members) {
                if (null != member.status() && Role.LEADER == member.status().role() &&
                    (null == leader || member.status().term() > leader.status().term())) {
                    leader = member;
                }
            }
            return leader;
        }

        /** @return why nobody answered; null where somebody did. */
        String absence() {
            return members.stream().anyMatch(member -> null != member.status()) ? null : members.get(0).absence();
        }

        /** @return what the newest configuration that anybody knows says; null where nobody answered. */
        ClusterConfiguration configuration() {
            final Found leader = leader();
            MemberStatus best = null == leader ? null : leader.status();
            for (final Found member : members) {
                if (null != member.status() && (null == best || null == leader && member.status().commitIndex() > best.commitIndex())) {
                    best = member.status();
                }
            }
            return null == best ? null : best.configuration();
        }
    }

    ClusterConsole(final String members, final Path secretFile, final long timeoutNs) {
        final CairnClientContext context = new CairnClientContext().cluster(members).timeout(Duration.ofNanos(timeoutNs));
        if (secretFile != null) {
            context.authenticator(SharedSecret.ofFile(secretFile));
        }
        targets = new ArrayList<>(new LinkedHashSet<>(List.of(members.replace(" ", "").split(","))));
        deadlineNs = System.nanoTime() + timeoutNs;
        client = CairnClient.unconnected(context);
    }

    private long patienceNs(final long atMostNs) {
        return Math.max(PAUSE_NS, Math.min(atMostNs, deadlineNs - System.nanoTime()));
    }

    boolean isOver() {
        return System.nanoTime() - deadlineNs >= 0;
    }

    void pause() {
        LockSupport.parkNanos(PAUSE_NS);
    }

    /** Ask several at once. @return by endpoint: the reply, or the reason why there is none. */
    private Map<String, Object> ask(final Set<String> endpoints, final AdminRequest request, final long atMostNs) {
        final Map<String, CompletableFuture<Object>> asked = new LinkedHashMap<>();
        final Duration patience = Duration.ofNanos(patienceNs(atMostNs));
        for (final String endpoint : endpoints) {
            asked.put(endpoint, client.administer(endpoint, request, patience).handle((reply, failure) -> null == failure ? reply : reason(failure)));
        }
        final Map<String, Object> answers = new LinkedHashMap<>();
        asked.forEach((endpoint, answer) -> answers.put(endpoint, answer.join()));
        return answers;
    }

    private static String reason(final Throwable failure) {
        return Explanation.of(failure instanceof CompletionException && null != failure.getCause() ? failure.getCause() : failure);
    }

    /** @return every member that those who answer know of, and those that were named. */
    View look() {
        final Map<String, Object> answers = new LinkedHashMap<>(ask(new LinkedHashSet<>(targets), AdminRequest.of(AdminRequest.STATUS), LOOK_NS));
        final Map<Integer, String> known = places(answers);
        final Set<String> others = new LinkedHashSet<>(known.values());
        others.removeAll(answers.keySet());
        answers.putAll(ask(others, AdminRequest.of(AdminRequest.STATUS), LOOK_NS));
        final Map<Integer, Found> byId = new TreeMap<>();
        final List<Found> nameless = new ArrayList<>();
        places(answers).forEach((id, endpoint) -> byId.put(id, new Found(id, endpoint, null, String.valueOf(answers.get(endpoint)))));
        answers.forEach((endpoint, answer) -> {
            if (answer instanceof AdminReply reply) {
                byId.put(reply.status().id(), new Found(reply.status().id(), endpoint, reply.status(), ""));
            }
        });
        answers.forEach((endpoint, answer) -> {
            if (!(answer instanceof AdminReply) && byId.values().stream().noneMatch(found -> endpoint.equals(found.endpoint()))) {
                nameless.add(new Found(-1, endpoint, null, String.valueOf(answer)));
            }
        });
        final List<Found> members = new ArrayList<>(byId.values());
        members.addAll(nameless);
        return new View(members);
    }

    /** Where the newest configuration says that members are. */
    private static Map<Integer, String> places(final Map<String, Object> answers) {
        MemberStatus best = null;
        for (final Object answer : answers.values()) {
            if (answer instanceof AdminReply reply && (null == best || Role.LEADER == reply.status().role() ||
                Role.LEADER != best.role() && reply.status().commitIndex() > best.commitIndex())) {
                best = reply.status();
            }
        }
        final Map<Integer, String> places = new TreeMap<>();
        if (null != best) {
            final Membership membership = best.configuration().membership();
            for (long rest = membership.members(); 0 != rest; rest &= rest - 1) {
                final int id = Long.numberOfTrailingZeros(rest);
                final String endpoint = best.configuration().endpoint(id);
                if (null != endpoint) {
                    places.put(id, endpoint);
                }
            }
        }
        return places;
    }

    /** The digest of every member at one and the same entry, which the leader logs for it. @return by id; empty without a leader. */
    Map<Integer, AdminReply> digests(final View view) {
        final Map<Integer, AdminReply> digests = new TreeMap<>();
        final Found leader = view.leader();
        if (null == leader) {
            return digests;
        }
        final Object marked = ask(Set.of(leader.endpoint()), AdminRequest.of(AdminRequest.MARK), LOOK_NS).get(leader.endpoint());
        if (!(marked instanceof AdminReply mark) || AdminReply.OK != mark.code()) {
            return digests;
        }
        final Set<String> present = new LinkedHashSet<>();
        view.members().stream().filter(member -> null != member.status()).forEach(member -> present.add(member.endpoint()));
        ask(present, AdminRequest.digest(mark.index()), Long.MAX_VALUE).values().forEach(answer -> {
            if (answer instanceof AdminReply reply && AdminReply.OK == reply.code()) {
                digests.put(reply.status().id(), reply);
            }
        });
        return digests;
    }

    /**
     * Have the leader do something: looked for until there is one that does it, or refuses it for good.
     *
     * @return its reply.
     */
    AdminReply lead(final AdminRequest request) {
        String reason = "no member answers";
        do {
            final View view = letIn(look());
            final Found leader = view.leader();
            if (null != leader) {
                final Object answer = ask(Set.of(leader.endpoint()), request, Long.MAX_VALUE).get(leader.endpoint());
                if (answer instanceof AdminReply reply) {
                    if (AdminReply.OK == reply.code()) {
                        return reply;
                    }
                    if (AdminReply.REFUSED == reply.code()) {
                        throw new CliFailure(reply.text());
                    }
                    reason = reply.text();
                } else {
                    reason = String.valueOf(answer);
                }
            } else {
                reason = view.members().stream().map(ClusterConsole::describe).filter(text -> !text.isEmpty()).findFirst()
                    .orElse("there is no leader");
            }
            pause();
        } while (!isOver());
        throw new CliFailure("no leader did it in time: " + reason);
    }

    private static String describe(final Found member) {
        return null == member.status() ? member.absence() : member.status().notice();
    }

    /** Nobody answers, and one says why it never will: a wrong secret. */
    private View letIn(final View view) {
        if (client.refusal() != null && view.members().stream().allMatch(member -> null == member.status())) {
            throw new CliFailure(client.refusal());
        }
        return view;
    }

    /** Look until something is so. @return whether it became so in time. */
    View await(final Predicate<View> condition) {
        while (true) {
            final View view = letIn(look());
            if (condition.test(view)) {
                return view;
            }
            if (isOver()) {
                return null;
            }
            pause();
        }
    }

    /** Ask one member for a snapshot. */
    Map<String, Object> snapshot(final Set<String> endpoints) {
        return ask(endpoints, AdminRequest.of(AdminRequest.SNAPSHOT), Long.MAX_VALUE);
    }

    @Override
    public void close() {
        client.close();
    }
}
