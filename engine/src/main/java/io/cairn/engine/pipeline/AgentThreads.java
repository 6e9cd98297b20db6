package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;
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
    private final List<AgentThread> started = new ArrayList<>();

    AgentThreads(final ThreadFactory threadFactory, final EngineFailure failure) {
        this.threadFactory = threadFactory;
        this.failure = failure;
    }

    void start(final Agent agent, final IdleStrategy idleStrategy) {
        final AgentThread thread = new AgentThread(agent, idleStrategy, failure);
        thread.start(threadFactory);
        started.add(thread);
    }

    @Override
    public void close() {
        started.forEach(AgentThread::stop);
        started.clear();
    }
}
