package io.cairn.engine.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Members and a network on virtual time, in one thread: nothing happens but what a test says. After every step the safety properties of the paper's
 * figure 3.2 are checked over everything that was ever seen.
 */
final class Cluster {
    static final long MS = 1_000_000;
    private static final int STEPS_MAX = 10_000;

    final List<Member> members = new ArrayList<>();
    final Map<Integer, Deque<Packet>> network = new HashMap<>();
    private final Map<Long, Integer> leaders = new HashMap<>();
    private final List<Long> history = new ArrayList<>();
    private final long[] cut = new long[Membership.MEMBERS_MAX];
    final StringBuilder trace = new StringBuilder();
    long nowNs;
    Predicate<Packet> lost = packet -> false;

    static Cluster of(final int count) {
        return of(count, settings -> settings);
    }

    static Cluster of(final int count, final UnaryOperator<RaftSettings> change) {
        final int[] voters = new int[count];
        for (int i = 0; i < count; i++) {
            voters[i] = i;
        }
        final Cluster cluster = new Cluster();
        for (int i = 0; i < count; i++) {
            cluster.add(i, Membership.of(voters), change.apply(settings(i)));
        }
        return cluster;
    }

    static RaftSettings settings(final int id) {
        return new RaftSettings().electionTimeout(100 * MS, 200 * MS).heartbeat(20 * MS).inFlight(4, 1_000).seed(id + 1);
    }

    Member add(final int id, final Membership membership) {
        return add(id, membership, settings(id));
    }

    Member add(final int id, final Membership membership, final RaftSettings settings) {
        final Member member = new Member(id, membership, settings, nowNs);
        members.add(member);
        return member;
    }

    Member member(final int id) {
        return members.get(id);
    }

    /** No packet passes between two members, either way. */
    void cut(final int from, final int to) {
        cut[from] |= 1L << to;
        cut[to] |= 1L << from;
    }

    /** No packet passes one way. */
    void cutOneWay(final int from, final int to) {
        cut[from] |= 1L << to;
    }

    void isolate(final int id) {
        for (final Member other : members) {
            if (other.id != id) {
                cut(id, other.id);
            }
        }
    }

    void heal() {
        Arrays.fill(cut, 0);
    }

    private static int link(final int from, final int to) {
        return from * Membership.MEMBERS_MAX + to;
    }

    /** Collect what members have to say. @return number of packets. */
    int collect() {
        int count = 0;
        for (final Member from : members) {
            from.settle();
            for (int to = 0; to < Membership.MEMBERS_MAX; to++) {
                for (Packet packet = from.send(to); null != packet; packet = from.send(to)) {
                    count++;
                    assertTrue(count < STEPS_MAX, "members never fall silent");
                    if (0 == (cut[from.id] & 1L << to) && !lost.test(packet)) {
                        network.computeIfAbsent(link(from.id, to), key -> new ArrayDeque<>()).add(packet);
                    }
                }
            }
        }
        return count;
    }

    /** Deliver the oldest packet of one link. */
    boolean deliver(final int from, final int to) {
        final Deque<Packet> queue = network.get(link(from, to));
        if (null == queue || queue.isEmpty()) {
            return false;
        }
        deliver(queue.poll());
        return true;
    }

    void deliver(final Packet packet) {
        for (final Member member : members) {
            if (member.id == packet.message().to && member.running) {
                trace.append(packet).append('\n');
                if (Outcome.BUSY == member.receive(packet)) {
                    member.receive(packet);
                }
                check();
            }
        }
    }

    /** Exchange packets until nobody has anything to say. Time stands still. */
    void exchange() {
        for (int step = 0; step < STEPS_MAX; step++) {
            int moved = collect();
            for (final Member from : members) {
                for (final Member to : members) {
                    while (deliver(from.id, to.id)) {
                        moved++;
                    }
                }
            }
            if (0 == moved) {
                return;
            }
        }
        throw new AssertionError("members never fall silent:\n" + trace.substring(Math.max(0, trace.length() - 4_000)));
    }

    /** Let time pass, a millisecond at a time. */
    void run(final long ms) {
        for (long i = 0; i < ms; i++) {
            nowNs += MS;
            for (final Member member : members) {
                if (member.running) {
                    member.core.onTime(nowNs);
                    member.giveUpAlone();
                    member.settle();
                }
            }
            exchange();
        }
    }

    /** Let time pass until somebody leads and has committed an entry of its term. */
    Member elect() {
        for (int i = 0; i < 3_000; i++) {
            run(1);
            final Member leader = leader();
            if (null != leader && leader.core.servesReads()) {
                return leader;
            }
        }
        throw new AssertionError("nobody was elected: " + members);
    }

    /** Make one member the leader: it stands, and the others have not heard a leader for the shortest election timeout. */
    Member elect(final int id) {
        final Member member = member(id);
        nowNs += 100 * MS;
        for (final Member other : members) {
            if (other.running && Role.LEADER != other.core.role()) {
                other.core.onTime(nowNs);
            }
        }
        if (Role.CANDIDATE != member.core.role() || !member.core.isPromisePending()) {
            assertTrue(member.core.onElectionTimeout(), () -> "member " + id + " may not stand: " + member);
        }
        exchange();
        assertEquals(Role.LEADER, member.core.role(), () -> "member " + id + " was not elected: " + members + "\n" + trace);
        return member;
    }

    /** The leader of the highest term. */
    Member leader() {
        Member leader = null;
        for (final Member member : members) {
            if (member.running && Role.LEADER == member.core.role() && (null == leader || member.core.term() > leader.core.term())) {
                leader = member;
            }
        }
        return leader;
    }

    /** @return the highest index that was ever seen committed. */
    long committed() {
        return history.size();
    }

    /** Election safety, log matching, leader completeness, state machine safety. */
    void check() {
        for (final Member member : members) {
            if (!member.running) {
                continue;
            }
            if (Role.LEADER == member.core.role()) {
                final Integer before = leaders.putIfAbsent(member.core.term(), member.id);
                assertTrue(null == before || before == member.id, () -> "two leaders in term " + member.core.term() + "\n" + trace);
                checkComplete(member);
            }
            for (int i = 0; i < member.committedValues.size(); i++) {
                if (i < history.size()) {
                    final int at = i;
                    assertEquals(
                        history.get(i), member.committedValues.get(i), () -> "entry " + (at + 1) + " differs on " + member + "\n" + trace);
                } else {
                    history.add(member.committedValues.get(i));
                }
            }
        }
        checkMatching();
        checkRepaired();
    }

    /** What is put where an entry was damaged is what was promised there, or committed. */
    private void checkRepaired() {
        for (final Member member : members) {
            for (long index = member.snapshotIndex + 1; index <= member.last(); index++) {
                final long at = index;
                if (!member.entry(at).equals(member.promised(at))) {
                    assertTrue(at <= history.size() && history.get((int)at - 1) == valueOf(member.entry(at)),
                        () -> "entry " + at + " is neither what was promised nor committed: " + member + "\n" + trace);
                }
            }
        }
    }

    private static long valueOf(final Entry entry) {
        return entry.term() << 32 | entry.value();
    }

    private void checkComplete(final Member leader) {
        for (int i = (int)leader.snapshotIndex; i < history.size(); i++) {
            if (history.get(i) >>> 32 < leader.core.term()) {
                final int index = i + 1;
                assertTrue(index <= leader.last(), () -> "leader lacks committed entry " + index + ": " + leader + "\n" + trace);
                assertEquals(history.get(i) >>> 32, leader.entry(index).term(), () -> "leader has another entry " + index + "\n" + trace);
            }
        }
    }

    private void checkMatching() {
        for (final Member a : members) {
            for (final Member b : members) {
                if (a.id < b.id) {
                    checkMatching(a, b);
                }
            }
        }
    }

    /** Of what was promised: entries that were put into a damaged range are compared once the end of the range says that they are right. */
    private void checkMatching(final Member a, final Member b) {
        boolean matched = false;
        for (long index = Math.min(a.last(), b.last()); index > Math.max(a.snapshotIndex, b.snapshotIndex); index--) {
            if (a.promised(index).term() == b.promised(index).term()) {
                matched = true;
                assertEquals(a.promised(index), b.promised(index), () -> "logs differ although the terms are equal: " + a + " / " + b);
            } else {
                assertFalse(matched, () -> "logs differ below an entry that matches: " + a + " / " + b);
            }
        }
    }
}
