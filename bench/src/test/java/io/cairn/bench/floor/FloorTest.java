package io.cairn.bench.floor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class FloorTest {
    @TempDir
    Path directory;

    @Test
    void shouldChargeEveryMomentInsideAGapWhenTheMachinePauses() {
        final long[] now = {0};
        final JitterMeter meter = new JitterMeter(() -> {
            final long before = now[0];
            now[0] += before >= 500_000 && before < 500_100 ? 200_000 : 100;
            return now[0];
        });

        meter.measure(1_000_000);

        assertEquals(1_000, meter.histogram().getTotalCount(), 5);
        assertEquals(200_000, meter.histogram().getMaxValue(), 2_000);
        assertEquals(100_000, meter.histogram().getValueAtPercentile(90), 5_000);
        assertTrue(meter.histogram().getValueAtPercentile(70) <= 100);
        assertEquals(1_000, meter.hiccupsPerSecond(), 10);
    }

    @Test
    void shouldMeasureEveryMethodAndLeaveNothingBehind() throws IOException {
        try (ForceFloor floor = new ForceFloor(directory, 160)) {
            floor.measure(30);
            for (final ForceFloor.Method method : ForceFloor.Method.values()) {
                assertEquals(30, floor.histogram(method).getTotalCount());
            }
            final long fastest = floor.histogram(floor.fastest()).getValueAtPercentile(50);
            for (final ForceFloor.Method method : ForceFloor.Method.values()) {
                assertTrue(floor.histogram(method).getValueAtPercentile(50) >= fastest);
            }
        }
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void shouldForceTogetherAndLeaveNothingBehind() throws IOException {
        try (ForcesTogether floor = new ForcesTogether(directory, 160, 3)) {
            floor.measure(ForceFloor.Method.PWRITE_FDATASYNC, 10);
            assertEquals(3, floor.threads());
            assertEquals(10, floor.histogram().getTotalCount());
            assertTrue(floor.histogram().getMinValue() > 0);
        }
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void shouldRefuseARecordThatDoesNotFit() {
        assertThrows(IllegalArgumentException.class, () -> new ForceFloor(directory, 1 << 20));
        assertThrows(IllegalArgumentException.class, () -> new ForceFloor(directory, 0));
    }

    @Test
    void shouldComeBackWithARoundTripFromTheOtherThread() {
        final RingFloor floor = new RingFloor(64);
        floor.measure(TimeUnit.MILLISECONDS.toNanos(200));
        assertTrue(floor.histogram().getTotalCount() > 0);
        assertTrue(floor.histogram().getMinValue() > 0);
    }

    @Test
    void shouldMeasureASequentialWriteAndLeaveNothingBehind() throws IOException {
        assertTrue(DiskFloor.sequentialWriteBytesPerSecond(directory, 4 << 20, 2 << 20) > 0);
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }
}
