package io.cairn.engine.transport;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A way that the driver refuses is asked for again, and not in every cycle. */
@Timeout(60)
final class PeerLinkTest {
    @TempDir
    Path dir;

    @Test
    void shouldPauseLongerEachTimeWhenTheDriverRefuses() {
        final MediaDriver.Context driverContext = new MediaDriver.Context()
            .aeronDirectoryName(dir.resolve("aeron").toString())
            .threadingMode(ThreadingMode.INVOKER)
            .asyncExecutorEnabled(false)
            .errorHandler(error -> { })
            .dirDeleteOnShutdown(true);
        try (MediaDriver driver = MediaDriver.launch(driverContext);
            Aeron aeron = Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(driver.aeronDirectoryName())
                .useConductorAgentInvoker(true)
                .driverAgentInvoker(driver.sharedAgentInvoker())
                .errorHandler(error -> { }));
            PeerLink link = new PeerLink(aeron, "aeron:udp?endpoint=127.0.0.1:20001|mtu=7", 1)) {
            final long startNs = System.nanoTime();
            while (link.rebuiltCount() < 4) {
                driver.sharedAgentInvoker().invoke();
                aeron.conductorAgentInvoker().invoke();
                link.doWork();
                assertNull(link.publication());
            }
            assertTrue(System.nanoTime() - startNs >= TimeUnit.MILLISECONDS.toNanos(10 + 20 + 40), "it did not pause");
        }
    }
}
