package io.cairn.engine.pipeline;

import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * The threads of a pipeline: starts agents, and stops them in the order in which they were started. Owner: whoever opens and closes the
 * engine.
 */
final class AgentThreads implements AutoCloseable {
    private final ThreadFactory threadFactory;
    private final EngineFailure failure;
    private final List<AgentRunner> runners = new ArrayList<>();

    AgentThreads(final ThreadFactory threadFactory, final EngineFailure failure) {
        this.threadFactory = threadFactory;
        this.failure = failure;
    }

    void start(final Agent agent, final IdleStrategy idleStrategy) {
        final AgentRunner runner = new AgentRunner(idleStrategy, failure::report, null, agent);
        runners.add(runner);
        AgentRunner.startOnThread(runner, task -> {
            final Thread thread = threadFactory.newThread(task);
            thread.setName(agent.roleName());
            return thread;
        });
    }

    @Override
    public void close() {
        CloseHelper.closeAll(runners);
        runners.clear();
    }
}
