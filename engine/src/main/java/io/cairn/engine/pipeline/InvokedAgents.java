package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;

/**
 * Sequencer, Syncer and Applier on the application's thread: no hop at all, and what must be forced is forced inline. After a force the
 * Sequencer looks again, so that one cycle takes a command all the way.
 */
final class InvokedAgents implements Agent {
    private final SequencerAgent sequencer;
    private final SyncerAgent syncer;
    private final ApplierAgent applier;

    InvokedAgents(final SequencerAgent sequencer, final SyncerAgent syncer, final ApplierAgent applier) {
        this.sequencer = sequencer;
        this.syncer = syncer;
        this.applier = applier;
    }

    @Override
    public int doWork() {
        int work = sequencer.doWork();
        final int forced = syncer.doWork();
        if (forced > 0) {
            work += forced + sequencer.advanceCommit();
        }
        return work + applier.doWork();
    }

    @Override
    public String roleName() {
        return "cairn-invoked";
    }
}
