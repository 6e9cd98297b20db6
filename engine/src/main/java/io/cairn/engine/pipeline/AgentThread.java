package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;

import java.util.concurrent.ThreadFactory;

/**
 * One agent on a thread of its own, until it is stopped or ends itself.
 *
 * <p>Unlike Agrona's runner it never interrupts its thread: an interrupt closes the file that is being written or forced, and a force that
 * fails stops the node for good. And {@link #stop()} comes back only when the agent has ended, however long its last duty cycle takes and
 * whether or not the caller was interrupted: what the agent reads is unmapped next.
 *
 * <p>Owner: whoever starts and stops it.
 */
final class AgentThread implements Runnable {
    private final Agent agent;
    private final IdleStrategy idleStrategy;
    private final EngineFailure failure;
    private Thread thread;
    private volatile boolean stopping;

    AgentThread(final Agent agent, final IdleStrategy idleStrategy, final EngineFailure failure) {
        this.agent = agent;
        this.idleStrategy = idleStrategy;
        this.failure = failure;
    }

    /** @param priority of {@link Thread}; the system looks at it where the JVM was told to hand it on (docs/decisions/pipeline.md). */
    void start(final ThreadFactory threadFactory, final int priority) {
        thread = threadFactory.newThread(this);
        thread.setName(agent.roleName());
        thread.setPriority(priority);
        thread.start();
    }

    @Override
    public void run() {
        try {
            agent.onStart();
            while (!stopping) {
                idle(agent.doWork());
            }
        } catch (final AgentTerminationException ex) {
            // The agent's own way to end; where it ends because of an error, that was reported before.
        } catch (final Throwable ex) {
            failure.report(ex);
        } finally {
            end();
        }
    }

    /** Somebody else's interrupt must not turn parking into spinning, nor close a file. */
    private void idle(final int work) {
        if (work <= 0) {
            Thread.interrupted();
        }
        idleStrategy.idle(work);
    }

    private void end() {
        try {
            agent.onClose();
        } catch (final Throwable ex) {
            failure.report(ex);
        }
    }

    /** Ends the agent after its current duty cycle and waits for it. */
    void stop() {
        stopping = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException ex) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
