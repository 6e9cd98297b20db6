package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;

import java.util.SplittableRandom;

/**
 * Every agent of an engine on one thread, one duty cycle at a time, in an order drawn from a seed: what threads do by chance happens here by
 * choice, and again.
 */
final class HandDrivenAgents implements Agent {
    private static final int SLOW_ONE_OF = 20;

    private final SplittableRandom random;
    private final int slow;
    private final Agent[] agents;

    /**
     * @param seed   of the order.
     * @param slow   the agent that is passed over most of the times, -1 for none.
     * @param agents to be driven.
     */
    HandDrivenAgents(final long seed, final int slow, final Agent... agents) {
        this.random = new SplittableRandom(seed);
        this.slow = slow;
        this.agents = agents;
    }

    @Override
    public int doWork() throws Exception {
        final int chosen = random.nextInt(agents.length);
        return chosen == slow && 0 != random.nextInt(SLOW_ONE_OF) ? 0 : agents[chosen].doWork();
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
