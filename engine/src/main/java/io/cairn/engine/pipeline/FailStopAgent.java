package io.cairn.engine.pipeline;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NanoClock;

/**
 * Runs an agent until it, or any other agent of the engine, fails: the first exception is kept as the engine's failure and every agent ends
 * at its next duty cycle. Also measures the longest duty cycle that did work.
 */
final class FailStopAgent implements Agent {
    private final Agent delegate;
    private final EngineFailure failure;
    private final EngineStatistics statistics;
    private final EngineStatistics.AgentRole role;
    private final NanoClock clock;
    private long cycleMaxNs;

    FailStopAgent(
        final Agent delegate,
        final EngineFailure failure,
        final EngineStatistics statistics,
        final EngineStatistics.AgentRole role,
        final NanoClock clock) {
        this.delegate = delegate;
        this.failure = failure;
        this.statistics = statistics;
        this.role = role;
        this.clock = clock;
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
        final long startNs = clock.nanoTime();
        try {
            final int work = delegate.doWork();
            if (work > 0) {
                final long cycleNs = clock.nanoTime() - startNs;
                if (cycleNs > cycleMaxNs) {
                    cycleMaxNs = cycleNs;
                    statistics.onDutyCycleMax(role, cycleNs);
                }
            }
            return work;
        } catch (final Throwable ex) {
            failure.report(ex);
            throw new AgentTerminationException(ex);
        }
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
