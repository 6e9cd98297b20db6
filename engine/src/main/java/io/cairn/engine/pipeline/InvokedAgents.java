package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;

/**
 * Sequencer and Applier on the application's thread, and between them the Syncer, where a command waits for its force. After it the Sequencer
 * looks again at what is durable, so that one cycle takes a command all the way.
 */
final class InvokedAgents implements Agent {
    private final SequencerAgent sequencer;
    private final ApplierAgent applier;
    private final Agent[] between;

    InvokedAgents(final SequencerAgent sequencer, final ApplierAgent applier, final Agent... between) {
        this.sequencer = sequencer;
        this.applier = applier;
        this.between = between;
    }

    @Override
    public int doWork() throws Exception {
        int work = sequencer.doWork();
        if (between.length > 0) {
            for (final Agent agent : between) {
                work += agent.doWork();
            }
            work += sequencer.advanceCommit();
        }
        final int applied = applier.doWork();
        return work + applied + (applied > 0 ? sequencer.answer() : 0);
    }

    @Override
    public void onStart() {
        for (final Agent agent : between) {
            agent.onStart();
        }
    }

    @Override
    public void onClose() {
        sequencer.onClose();
        for (final Agent agent : between) {
            agent.onClose();
        }
    }

    @Override
    public String roleName() {
        return "cairn-invoked";
    }
}
