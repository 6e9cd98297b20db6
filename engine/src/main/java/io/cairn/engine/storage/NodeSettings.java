package io.cairn.engine.storage;

import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.fsm.StateMachine;
import io.cairn.wal.io.StorageIo;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What one node is made of, concluded.
 *
 * @param dataDirectory        where everything is.
 * @param configuration        every setting.
 * @param stateMachineName     written into snapshots.
 * @param stateMachineSupplier called once, and again for each snapshot that is installed while the node runs.
 * @param storageIo            way to the file system.
 * @param epochClock           wall clock.
 * @param nanoClock            monotonic clock.
 * @param threadFactory        makes the agents' threads.
 * @param failureHandler       told once when the node stops by itself.
 * @param backgroundThreads    false where no thread may be started: the engine is driven by hand.
 * @param scheduleSeed         then draws which agent runs next.
 * @param slowAgent            the one that gets far fewer turns than the others then; −1 for none.
 * @param newClusterId         what a directory is formatted with; 0 for one of its own.
 * @param member               true for a member of a cluster, which can ask others for what it lost.
 */
public record NodeSettings(
    Path dataDirectory,
    EffectiveConfiguration configuration,
    String stateMachineName,
    Supplier<StateMachine> stateMachineSupplier,
    StorageIo storageIo,
    EpochClock epochClock,
    NanoClock nanoClock,
    ThreadFactory threadFactory,
    Consumer<Throwable> failureHandler,
    boolean backgroundThreads,
    long scheduleSeed,
    int slowAgent,
    long newClusterId,
    boolean member) {
}
