package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;

/**
 * Sequencer and Applier on one thread: the hop between them disappears.
 */
final class SharedAgents implements Agent {
    private final SequencerAgent sequencer;
    private final ApplierAgent applier;

    SharedAgents(final SequencerAgent sequencer, final ApplierAgent applier) {
        this.sequencer = sequencer;
        this.applier = applier;
    }

    @Override
    public int doWork() {
        final int work = sequencer.doWork();
        final int applied = applier.doWork();
        return work + applied + (applied > 0 ? sequencer.answer() : 0);
    }

    @Override
    public void onClose() {
        sequencer.onClose();
    }

    @Override
    public String roleName() {
        return "cairn-sequencer-applier";
    }
}
