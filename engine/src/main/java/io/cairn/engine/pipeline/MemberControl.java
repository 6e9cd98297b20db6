package io.cairn.engine.pipeline;

import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Proposal;
import io.cairn.engine.raft.RaftCore;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What a person or a program asks of a member besides commands. Everything here belongs to the Sequencer's thread, but for {@link #submit}, by which
 * any other thread has something done there. Rare, so it may allocate.
 */
public final class MemberControl {
    private static final int TASKS_PER_LOOK = 16;

    private final RaftCore core;
    private final int selfId;
    private Registrar registrar;
    private final Queue<Runnable> submitted = new ConcurrentLinkedQueue<>();

    MemberControl(final PipelineContext context) {
        core = context.core;
        selfId = context.selfId;
    }

    /**
     * Have something done on the Sequencer's thread, soon. Any thread.
     *
     * @param task must neither block nor throw.
     */
    public void submit(final Runnable task) {
        submitted.add(task);
    }

    /** Where this node is a member of a cluster: who else is. */
    void registrar(final Registrar value) {
        registrar = value;
    }

    /** @return what keeps this member from its cluster, for a person; empty where nothing does. */
    public String notice() {
        return null == registrar ? "" : registrar.notice();
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

    /**
     * Hand leadership to the voter that holds most of the log.
     *
     * @return {@link Proposal#ACCEPTED}, {@link Proposal#NOT_LEADER}, or {@link Proposal#NOT_A_VOTER} where there is no other voter.
     */
    public int handOver() {
        int best = RaftCore.NONE;
        final Membership membership = core.membership();
        for (long rest = membership.voters() & ~(1L << selfId); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (RaftCore.NONE == best || core.peer(id).match() > core.peer(best).match()) {
                best = id;
            }
        }
        return RaftCore.NONE == best ? Proposal.NOT_A_VOTER : core.transfer(best);
    }
}
