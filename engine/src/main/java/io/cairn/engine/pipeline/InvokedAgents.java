package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;

/**
 * Sequencer, Syncer and Applier on the application's thread: no hop at all, and what must be forced is forced inline. After a force the
 * Sequencer looks again, so that one cycle takes a command all the way. Agents that usually have threads of their own may come along.
 */
final class InvokedAgents implements Agent {
    private final SequencerAgent sequencer;
    private final SyncerAgent syncer;
    private final ApplierAgent applier;

    private final Agent[] others;

    InvokedAgents(final SequencerAgent sequencer, final SyncerAgent syncer, final ApplierAgent applier, final Agent... others) {
        this.others = others;
        this.sequencer = sequencer;
        this.syncer = syncer;
        this.applier = applier;
    }

    @Override
    public int doWork() throws Exception {
        int work = sequencer.doWork();
        final int forced = syncer.doWork();
        if (forced > 0) {
            work += forced + sequencer.advanceCommit();
        }
        work += applier.doWork();
        for (final Agent other : others) {
            work += other.doWork();
        }
        return work;
    }

    @Override
    public void onStart() {
        for (final Agent other : others) {
            other.onStart();
        }
    }

    @Override
    public void onClose() {
        for (final Agent other : others) {
            other.onClose();
        }
    }

    @Override
    public String roleName() {
        return "cairn-invoked";
    }
}
