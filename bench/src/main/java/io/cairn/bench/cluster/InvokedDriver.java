package io.cairn.bench.cluster;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import org.agrona.concurrent.AgentInvoker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A media driver without threads, in a directory of its own in memory: whoever measures runs it.
 */
public final class InvokedDriver implements AutoCloseable {
    private static final int SOCKET_BUFFER_LENGTH = 2 << 20;
    private static final Path MEMORY = Path.of("/dev/shm");

    private final MediaDriver driver;
    private final AgentInvoker invoker;

    /** Launches it. */
    public InvokedDriver() {
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(newDirectory().toString())
            .threadingMode(ThreadingMode.INVOKER)
            .asyncExecutorEnabled(false)
            .socketRcvbufLength(SOCKET_BUFFER_LENGTH)
            .socketSndbufLength(SOCKET_BUFFER_LENGTH)
            .initialWindowLength(SOCKET_BUFFER_LENGTH)
            .warnIfDirectoryExists(false)
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true));
        invoker = driver.sharedAgentInvoker();
    }

    private static Path newDirectory() {
        try {
            return Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, "cairn-bench-") : Files.createTempDirectory("cairn-bench-aeron-");
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /**
     * Where clients find it.
     *
     * @return its directory.
     */
    public Path directory() {
        return Path.of(driver.aeronDirectoryName());
    }

    /**
     * Runs it.
     *
     * @return does its work, on whichever one thread calls it.
     */
    public AgentInvoker invoker() {
        return invoker;
    }

    @Override
    public void close() {
        driver.close();
    }
}
