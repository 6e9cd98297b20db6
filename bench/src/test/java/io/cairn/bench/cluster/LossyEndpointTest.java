package io.cairn.bench.cluster;

import io.aeron.Aeron;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Links of a real driver, cut and mended.
 */
final class LossyEndpointTest {
    private static final int STREAM = 7;

    @TempDir
    Path directory;

    private static void await(final BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    @Timeout(120)
    void shouldLetNothingThroughALinkThatIsCutAndEverythingOnceItIsMended() {
        final int port = LoopbackPorts.free(3 * Links.PORTS);
        final Links links = new Links(directory.resolve("links"), 3, port);
        final LossyEndpoint endpoint = new LossyEndpoint(0, 3, port, directory.resolve("links"));
        final MediaDriver.Context context = new MediaDriver.Context()
            .aeronDirectoryName(directory.resolve("aeron").toString())
            .threadingMode(ThreadingMode.SHARED)
            .asyncExecutorEnabled(false)
            .clientLivenessTimeoutNs(60_000_000_000L)
            .publicationUnblockTimeoutNs(120_000_000_000L)
            .imageLivenessTimeoutNs(60_000_000_000L)
            .publicationConnectionTimeoutNs(60_000_000_000L)
            .sendChannelEndpointSupplier(endpoint);
        links.lose(0, 1, Links.CUT);
        try (MediaDriver driver = MediaDriver.launch(context);
            Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
            Subscription first = aeron.addSubscription(channel(port, 1), STREAM);
            Subscription second = aeron.addSubscription(channel(port, 2), STREAM);
            Publication toFirst = aeron.addPublication(channel(port, 1), STREAM);
            Publication toSecond = aeron.addPublication(channel(port, 2), STREAM)) {
            await(() -> toSecond.isConnected() && endpoint.lostCount() > 0);
            assertFalse(toFirst.isConnected());
            assertEquals(0, first.imageCount());
            links.mend();
            await(toFirst::isConnected);

            // What is lost of a stream that was there is sent again once the link is whole.
            links.lose(0, 1, Links.CUT);
            final long before = endpoint.lostCount();
            final UnsafeBuffer message = new UnsafeBuffer(new byte[16]);
            await(() -> toFirst.offer(message) > 0);
            await(() -> endpoint.lostCount() > before);
            final int[] received = new int[1];
            first.poll((buffer, offset, length, header) -> received[0]++, 10);
            assertEquals(0, received[0]);
            links.mend();
            await(() -> first.poll((buffer, offset, length, header) -> received[0]++, 10) > 0);
            assertEquals(1, received[0]);
            assertTrue(second.imageCount() > 0);
        }
    }

    private static String channel(final int port, final int member) {
        return "aeron:udp?endpoint=127.0.0.1:" + (port + Links.PORTS * member);
    }
}
