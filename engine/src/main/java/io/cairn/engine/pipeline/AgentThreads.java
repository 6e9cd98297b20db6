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
        start(agent, idleStrategy, Thread.NORM_PRIORITY);
    }

    /** One whose work can wait for a core as long as those that a command passes want it. */
    void startBehind(final Agent agent, final IdleStrategy idleStrategy) {
        start(agent, idleStrategy, Thread.MIN_PRIORITY);
    }

    private void start(final Agent agent, final IdleStrategy idleStrategy, final int priority) {
        final AgentThread thread = new AgentThread(agent, idleStrategy, failure);
        thread.start(threadFactory, priority);
        started.add(thread);
    }

    @Override
    public void close() {
        started.forEach(AgentThread::stop);
        started.clear();
    }
}
