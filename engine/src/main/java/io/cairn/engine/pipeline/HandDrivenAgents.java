package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;

import java.util.SplittableRandom;

/**
 * Every agent of an engine on one thread, one duty cycle at a time, in an order drawn from a seed: what threads do by chance happens here by
 * choice, and again.
 */
final class HandDrivenAgents implements Agent {
    private final SplittableRandom random;
    private final Agent[] agents;

    HandDrivenAgents(final long seed, final Agent... agents) {
        this.random = new SplittableRandom(seed);
        this.agents = agents;
    }

    @Override
    public int doWork() throws Exception {
        return agents[random.nextInt(agents.length)].doWork();
    }

    @Override
    public void onStart() {
        for (final Agent agent : agents) {
            agent.onStart();
        }
    }

    @Override
    public void onClose() {
        for (final Agent agent : agents) {
            agent.onClose();
        }
    }

    @Override
    public String roleName() {
        return "cairn-hand-driven";
    }
}
