package io.cairn.engine.pipeline;

import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Proposal;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.raft.Role;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.wal.FaultyRange;
import io.cairn.wal.LogRepair;
import io.cairn.wal.WriteAheadLog;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;

/**
 * What a person or a program asks of a member besides commands. Everything here belongs to the Sequencer's thread, but for {@link #submit}, by which
 * any other thread has something done there, and {@link #digests}. Rare, so it may allocate.
 */
public final class MemberControl {
    private static final int TASKS_PER_LOOK = 16;
    private static final String FULL_TEXT =
        "the disk of the log is full: free some space; this member leads only where no other can";

    private final RaftCore core;
    private final int selfId;
    private final long incarnation;
    private final WriteAheadLog log;
    private final SnapshotStore snapshots;
    private final Configurations configurations;
    private final PipelinePositions positions;
    private final PipelineCounts counts;
    private final DigestDesk digests = new DigestDesk();
    private final Queue<Runnable> submitted = new ConcurrentLinkedQueue<>();
    private final Queue<LongConsumer> marks = new ConcurrentLinkedQueue<>();
    private Registrar registrar;
    private boolean isLogFull;

    MemberControl(final PipelineContext context) {
        core = context.core;
        selfId = context.selfId;
        incarnation = context.incarnation;
        log = context.log;
        snapshots = context.snapshots;
        configurations = context.configurations;
        positions = context.positions;
        counts = context.counts;
    }

    /** Where this node is a member of a cluster: who else is. */
    void registrar(final Registrar value) {
        registrar = value;
    }

    /**
     * Have something done on the Sequencer's thread, soon. Any thread.
     *
     * @param task must neither block nor throw.
     */
    public void submit(final Runnable task) {
        submitted.add(task);
    }

    /** @return amount of work done. */
    int runSubmitted() {
        int work = 0;
        while (work < TASKS_PER_LOOK && !submitted.isEmpty()) {
            submitted.remove().run();
            work++;
        }
        return work;
    }

    /** @return what keeps this member from its cluster, for a person; empty where nothing does. */
    public String notice() {
        if (null == registrar) {
            return "";
        }
        final long helpless = core.helplessIndex();
        if (helpless > 0) {
            return helplessText(log.repairs(), helpless);
        }
        return isLogFull ? FULL_TEXT : registrar.notice();
    }

    /**
     * @param repairs of the log.
     * @param index   of a damaged entry that no member can send.
     * @return what a person is told about it, in one line.
     */
    public static String helplessText(final LogRepair repairs, final long index) {
        final FaultyRange range = repairs.from(index);
        final String where = null == range ? "" : " (" + range.location() + ")";
        return "entry " + index + " of this log" + where + " is damaged and no member that answers can send it: nothing behind it is applied or" +
            " counted here; start the members that are down, or give one its directory back from a copy, and it goes on by itself; only where the" +
            " entry is lost everywhere a person may give it up, see 'cairn cluster recover'";
    }

    /** Sequencer: has the log no room for the next entry? */
    void logFull(final boolean isFull) {
        isLogFull = isFull;
    }

    /** @return how this member is now. */
    public MemberStatus status() {
        final Membership membership = core.membership();
        final boolean isVoting = membership.isVoter(selfId) && membership.incarnation(selfId) == incarnation;
        final Role role = Role.FOLLOWER == core.role() && !isVoting ? Role.LEARNER : core.role();
        return new MemberStatus(
            selfId,
            incarnation,
            role,
            core.leaderId(),
            core.term(),
            log.firstIndex(),
            log.lastIndex(),
            core.commitIndex(),
            positions.applied.get(),
            Math.max(0, snapshots.newestIndex()),
            (int)counts.faultyRanges.get(),
            counts.sessions.get(),
            TransferCounts.of(counts),
            configurations.current(),
            notice());
    }

    /**
     * Change the members. Answered once the change is on its way, or refused; a new member is waited for a while before that.
     *
     * @param change what is wanted, and whom to tell.
     */
    public void change(final PendingChange change) {
        if (null == registrar) {
            change.answer(Proposal.NOT_LEADER, "a single node has no members: start it with 'cairn node'");
        } else {
            registrar.change(change);
        }
    }

    /**
     * Hand leadership to a voter.
     *
     * @param target a member, or −1 for the one that holds most of the log.
     * @return of {@link Proposal}; {@link Proposal#NOT_A_VOTER} also where there is no other voter, {@link Proposal#NOT_HEARD} where the one that is
     *     named does not answer: nothing would be committed until that was given up.
     */
    public int handOver(final int target) {
        int best = target;
        final Membership membership = core.membership();
        if (target >= 0 && core.acceptsCommands() && membership.isVoter(target) && target != selfId && !core.isHeard(target)) {
            return Proposal.NOT_HEARD;
        }
        for (long rest = target < 0 ? membership.voters() & ~(1L << selfId) : 0; 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (best < 0 || core.peer(id).match() > core.peer(best).match()) {
                best = id;
            }
        }
        return best < 0 ? Proposal.NOT_A_VOTER : core.transfer(best);
    }

    /**
     * Log an entry at which every member takes its digest.
     *
     * @param index takes the index of the entry, or −1 where this member does not lead.
     */
    public void mark(final LongConsumer index) {
        if (core.acceptsCommands()) {
            marks.add(index);
        } else {
            index.accept(-1);
        }
    }

    /** Sequencer: is an entry to be logged? */
    boolean isMarkDue() {
        return !marks.isEmpty();
    }

    /** Sequencer: it was, for all who asked. */
    void marked(final long index) {
        for (LongConsumer asked = marks.poll(); null != asked; asked = marks.poll()) {
            asked.accept(index);
        }
    }

    /** @return where digests at marks are to be had. Any thread. */
    public DigestDesk digests() {
        return digests;
    }
}
