package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NanoClock;

/**
 * Runs an agent until it, or any other agent of the engine, fails: the first exception is kept as the engine's failure and every agent ends
 * at its next duty cycle. Also measures the longest duty cycle that did work; where the application's own thread waits for the two looks at the
 * clock, of every so many cycles one.
 */
final class FailStopAgent implements Agent {
    private final Agent delegate;
    private final EngineFailure failure;
    private final EngineStatistics statistics;
    private final EngineStatistics.AgentRole role;
    private final NanoClock clock;
    private final int timedEvery;
    private int untimed;
    private long cycleMaxNs;

    FailStopAgent(
        final Agent delegate,
        final EngineFailure failure,
        final EngineStatistics statistics,
        final EngineStatistics.AgentRole role,
        final NanoClock clock,
        final int timedEvery) {
        this.delegate = delegate;
        this.failure = failure;
        this.statistics = statistics;
        this.role = role;
        this.clock = clock;
        this.timedEvery = timedEvery;
    }

    @Override
    public void onStart() {
        delegate.onStart();
    }

    @Override
    public int doWork() {
        if (failure.isFailed()) {
            throw new AgentTerminationException("another agent failed");
        }
        try {
            if (++untimed < timedEvery) {
                return delegate.doWork();
            }
            untimed = 0;
            return timedWork();
        } catch (final Throwable ex) {
            failure.report(ex);
            throw new AgentTerminationException(ex);
        }
    }

    private int timedWork() throws Exception {
        final long startNs = clock.nanoTime();
        final int work = delegate.doWork();
        if (work > 0) {
            final long cycleNs = clock.nanoTime() - startNs;
            if (cycleNs > cycleMaxNs) {
                cycleMaxNs = cycleNs;
                statistics.onDutyCycleMax(role, cycleNs);
            }
        }
        return work;
    }

    @Override
    public void onClose() {
        delegate.onClose();
    }

    @Override
    public String roleName() {
        return delegate.roleName();
    }
}
