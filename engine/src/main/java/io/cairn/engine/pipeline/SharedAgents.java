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
        return work + applier.doWork();
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
