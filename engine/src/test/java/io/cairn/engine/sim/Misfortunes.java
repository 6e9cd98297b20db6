package io.cairn.engine.sim;

import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.raft.Message;
import io.cairn.fsm.Bytes;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Faults that come at a chosen moment: members that die with their last words just spoken, leaders that die young, all members at once right after a
 * client was answered, floods of requests, bits that flip under a running member. Owner: one thread.
 */
final class Misfortunes {
    private static final long MS = 1_000_000L;
    private static final long CUT_MAX_NS = 1_000 * MS;
    private static final int LINKS = 8;
    private static final int LINK_REQUESTS_MAX = 40;
    private static final int FLOOD_KEYS = 12;
    private static final int FLOOD_VALUE_LENGTH = 600;
    private static final int NONE = -1;

    /** The simulation, as far as it is told. */
    interface Host {
        /** Something happened that is worth a line. */
        void event(String text);

        /** A member is no more. */
        void onGone(int id, StorageEngine engine, String how);

        /** @return true when every member of the first list knows the cluster. */
        boolean isFounded();

        /** @return true when the scheduled fault that is due happens, false where it is one of those that were left out. */
        boolean befalls();

        /** @return what the scheduled fault that befalls draws from. */
        SplittableRandom chances();
    }

    private final List<SimulatedMember> members;
    private final SimulatedNetwork network;
    private final ClusterInvariants invariants;
    private final FaultMix mix;
    private final SplittableRandom random;
    private final SplittableRandom schedule;
    private final LongSupplier clock;
    private final Coverage coverage;
    private final Host host;
    private final UnsafeBuffer text = new UnsafeBuffer(new byte[16 + FLOOD_VALUE_LENGTH]);
    private final Bytes key = new Bytes();
    private final Bytes value = new Bytes();
    private boolean isOver;
    private long quietUntilNs;
    private int doomed = NONE;
    private String lastWords;
    private boolean isBlackoutDue;
    private long blackoutAtNs;
    private long floodAtNs;
    private long rotAtNs;
    private long mendAtNs = Long.MAX_VALUE;

    Misfortunes(
        final List<SimulatedMember> members,
        final SimulatedNetwork network,
        final ClusterInvariants invariants,
        final FaultMix mix,
        final SplittableRandom random,
        final LongSupplier clock,
        final Coverage coverage,
        final boolean isKeyValue,
        final Host host) {
        this.members = members;
        this.network = network;
        this.invariants = invariants;
        this.mix = mix;
        this.random = random;
        schedule = random.split();
        this.clock = clock;
        this.coverage = coverage;
        this.host = host;
        blackoutAtNs = next(mix.moments().blackoutMeanNs());
        floodAtNs = next(isKeyValue ? mix.bounds().floodMeanNs() : 0);
        rotAtNs = next(mix.bounds().rotMeanNs());
    }

    private long next(final long meanNs) {
        return 0 == meanNs ? Long.MAX_VALUE : clock.getAsLong() + 1 + schedule.nextLong(2 * meanNs);
    }

    private boolean happens(final double probability) {
        return !isOver && NONE == doomed && probability > 0 && clock.getAsLong() >= quietUntilNs && random.nextDouble() < probability;
    }

    /** Nothing of it befalls anybody until then. */
    void quietUntil(final long ns) {
        quietUntilNs = ns;
    }

    /** A member is about to say something. @return false when it does not get that far. */
    boolean onSent(final Message message) {
        if (doomed == message.from) {
            return false;
        }
        final boolean isNewLeader = Message.APPEND == message.type && !message.flag && invariants.promises().leader(message.term) < 0;
        if (isNewLeader && happens(mix.moments().youngLeader())) {
            return onYoungLeader(message);
        }
        invariants.onSent(message);
        final boolean isVote = Message.VOTE == message.type || Message.VOTE_RESPONSE == message.type && message.flag;
        if (isVote && happens(mix.moments().afterVote())) {
            doom(message.from, "dies after a vote", Coverage.Event.DEATH_AFTER_A_VOTE);
        } else if (Message.APPEND_RESPONSE == message.type && happens(mix.moments().afterAcknowledgement())) {
            doom(message.from, "dies after an acknowledgement", Coverage.Event.DEATH_AFTER_AN_ACKNOWLEDGEMENT);
        }
        return true;
    }

    /** It has appended its first entry, and dies or is cut off before or after anybody else hears of it (the paper's figure 8). */
    private boolean onYoungLeader(final Message message) {
        final boolean isHeard = random.nextBoolean();
        if (isHeard) {
            invariants.onSent(message);
        }
        if (random.nextBoolean()) {
            doom(message.from, "dies as a young leader", Coverage.Event.DEATH_OF_A_YOUNG_LEADER);
            return isHeard;
        }
        for (int other = 0; other < members.size(); other++) {
            network.cut(message.from, other, true);
            network.cut(other, message.from, true);
        }
        mendAtNs = clock.getAsLong() + random.nextLong(CUT_MAX_NS);
        coverage.add(Coverage.Event.CUT_OF_A_YOUNG_LEADER);
        host.event("member " + message.from + " is cut off as a young leader of term " + message.term);
        return isHeard;
    }

    private void doom(final int id, final String how, final Coverage.Event event) {
        doomed = id;
        lastWords = how;
        coverage.add(event);
    }

    /** A member had its turn: whoever spoke last words in it is no more. */
    void onWork() {
        if (NONE != doomed) {
            final int id = doomed;
            doomed = NONE;
            if (members.get(id).isUp()) {
                kill(id, lastWords);
            }
        }
    }

    private void kill(final int id, final String how) {
        final StorageEngine engine = members.get(id).engine();
        members.get(id).die(random.nextBoolean());
        host.onGone(id, engine, how);
    }

    /** A client was answered. */
    void onAnswered() {
        if (isBlackoutDue && !isOver) {
            isBlackoutDue = false;
            coverage.add(Coverage.Event.BLACKOUT);
            host.event("blackout");
            for (int id = 0; id < members.size(); id++) {
                if (members.get(id).isUp()) {
                    final StorageEngine engine = members.get(id).engine();
                    members.get(id).die(true);
                    host.onGone(id, engine, "dies with all others");
                }
            }
        }
    }

    /** Whatever is due by now. */
    void fault() {
        final long nowNs = clock.getAsLong();
        if (nowNs >= blackoutAtNs) {
            blackoutAtNs = next(mix.moments().blackoutMeanNs());
            isBlackoutDue |= host.befalls() && host.isFounded();
        }
        if (nowNs >= mendAtNs) {
            mendAtNs = Long.MAX_VALUE;
            network.mend();
            host.event("all links are mended");
        }
        if (nowNs >= floodAtNs) {
            floodAtNs = next(mix.bounds().floodMeanNs());
            if (host.befalls()) {
                flood(members.get(host.chances().nextInt(members.size())), host.chances());
            }
        }
        if (nowNs >= rotAtNs) {
            rotAtNs = next(mix.bounds().rotMeanNs());
            final boolean isDue = host.befalls();
            final SimulatedMember member = members.get(host.chances().nextInt(members.size()));
            if (isDue && member.isUp() && member.rot(host.chances())) {
                host.event("bits flip on the disk of member " + member.id());
            }
        }
    }

    /** More requests than a member can take at once, of clients that do not wait for answers; what they put lives for a while. */
    private void flood(final SimulatedMember member, final SplittableRandom chances) {
        if (!member.isAwake() || !member.engine().isServing()) {
            return;
        }
        coverage.add(Coverage.Event.FLOOD);
        for (int link = 0; link < LINKS; link++) {
            try (AsyncKeyValue client = member.engine().newClient()) {
                long correlationId = 0;
                for (int i = 0; i < LINK_REQUESTS_MAX && correlationId >= 0; i++) {
                    final int keyLength = text.putStringWithoutLengthAscii(0, "f" + chances.nextInt(FLOOD_KEYS));
                    text.putLong(8, chances.nextLong());
                    correlationId = client.put(
                        0, key.wrap(text, 0, keyLength), value.wrap(text, 8, FLOOD_VALUE_LENGTH), 1 + chances.nextInt(2_000));
                }
                if (ReplyStatus.BACK_PRESSURED == correlationId) {
                    coverage.add(Coverage.Event.RING_FULL);
                }
            }
        }
        host.event("a flood of requests to member " + member.id());
    }

    /** From now on nothing of that befalls anybody. */
    void end() {
        isOver = true;
    }
}
