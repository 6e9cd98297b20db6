package io.cairn.bench.cli;

import io.cairn.bench.floor.DiskFloor;
import io.cairn.bench.log.LogRig;
import io.cairn.bench.report.Document;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.MachineFacts;
import io.cairn.bench.report.Result;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code cairn-bench wal}: appends to the log alone: a burst on recycled segments, and a sustained stream beside the disk's own sequential write.
 */
@Command(
    name = "wal",
    description = "Append to the write-ahead log alone, not forced: a burst into recycled segments, and a sustained stream that has to reach the "
        + "disk, beside the disk's own sequential write (forced each 64 MiB) of as many bytes in the same run.")
final class WalCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "Directory on the disk in question; by default a temporary one.")
    private Path dataDirectory;

    @Option(names = "--payload", paramLabel = "SIZE", defaultValue = "64", converter = Converters.SizeBytes.class,
        description = "Bytes of every payload (default: ${DEFAULT-VALUE}).")
    private long payloadBytes;

    @Option(names = "--burst", paramLabel = "SIZE", defaultValue = "2g", converter = Converters.SizeBytes.class,
        description = "Bytes of log of the burst (default: ${DEFAULT-VALUE}).")
    private long burstBytes;

    @Option(names = "--sustained", paramLabel = "SIZE", defaultValue = "4g", converter = Converters.SizeBytes.class,
        description = "Bytes of log of the sustained stream, and of the disk's own write (default: ${DEFAULT-VALUE}).")
    private long sustainedBytes;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "How often everything is repeated (default: ${DEFAULT-VALUE}).")
    private long runs;

    @Mixin
    private OutputOptions output;

    private final Progress progress = new Progress();

    @Override
    public Integer call() {
        DataOptions.require(spec.commandLine(), payloadBytes <= 1 << 20, "--payload " + payloadBytes + " is more than 1m");
        DataOptions.require(spec.commandLine(), burstBytes <= 16L << 30, "--burst " + burstBytes + " is more than 16g");
        output.check();
        try (DataDirectory directory = DataDirectory.open(dataDirectory)) {
            final Path place = directory.path().resolve("wal-bench");
            try {
                return measure(directory, place);
            } finally {
                DataDirectory.delete(place);
            }
        } catch (final IOException ex) {
            throw new BenchException("the log cannot be measured: " + Failures.reason(ex), ex);
        } finally {
            progress.done();
        }
    }

    private Integer measure(final DataDirectory directory, final Path place) throws IOException {
        final List<List<Result>> byRun = new ArrayList<>();
        for (int run = 1; run <= runs; run++) {
            final List<Result> results = new ArrayList<>();
            final String of = "run " + run + " of " + runs + ": ";
            progress.say(of + "burst");
            results.add(burst(place));
            DataDirectory.delete(place);
            Result disk = null;
            for (int turn = 0; turn < 2; turn++) {
                // In turns, so that neither always finds the disk as the burst has left it.
                if (turn == run % 2) {
                    progress.say(of + "sustained");
                    results.add(sustained(place));
                    DataDirectory.delete(place);
                } else {
                    progress.say(of + "the disk's own sequential write");
                    disk = bytesResult("disk, sequential write of 1 MiB pieces", sustainedBytes,
                        DiskFloor.sequentialWriteBytesPerSecond(directory.path(), sustainedBytes, LogRig.segmentBytes()), 1 << 20, 0);
                }
            }
            results.add(disk);
            byRun.add(results);
        }
        final List<Result> medians = new ArrayList<>();
        for (int i = 0; i < byRun.get(0).size(); i++) {
            final int series = i;
            medians.add(Medians.byRate(byRun.stream().map(results -> results.get(series)).toList()));
        }
        final List<String> findings = List.of(
            "burst: " + Figures.count(medians.get(0).achievedRate()) + " records/s",
            "sustained: " + Figures.bytes(rate(medians.get(1))) + "/s, " + Figures.ratio(rate(medians.get(1)) / rate(medians.get(2)))
                + " the disk's own sequential write (" + Figures.bytes(rate(medians.get(2))) + "/s)");
        final Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("payloadBytes", payloadBytes);
        configuration.put("burstBytes", burstBytes);
        configuration.put("sustainedBytes", sustainedBytes);
        configuration.put("forceMethod", LogRig.forceMethod());
        configuration.put("runs", runs);
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put("durabilityMeaning", "handed to the operating system: survives a process crash, not a power loss");
        more.put("findings", findings);
        final Document document = new Document(
            "wal", null, "os", configuration, MachineFacts.of(directory.path()), medians, List.of(), byRun, more);
        progress.done();
        output.write(spec.commandLine().getOut(), document, Map.of());
        return 0;
    }

    private Result burst(final Path place) {
        final int segments = Math.toIntExact(burstBytes / LogRig.segmentBytes()) + 3;
        try (LogRig rig = new LogRig(place, (int) payloadBytes, segments)) {
            final long records = Math.max(1, burstBytes / rig.recordBytes());
            rig.prepare();
            // Every segment has been full once before the clock starts.
            rig.append((long) segments * LogRig.segmentBytes() / rig.recordBytes());
            rig.recycle();
            final long stallsBefore = rig.stalls();
            final long elapsedNs = rig.append(records);
            return bytesResult("append, burst", records * rig.recordBytes(), records * (double) rig.recordBytes() * 1e9 / elapsedNs,
                rig.recordBytes(), rig.stalls() - stallsBefore);
        }
    }

    private Result sustained(final Path place) {
        try (LogRig rig = new LogRig(place, (int) payloadBytes, 4)) {
            final long records = Math.max(1, sustainedBytes / rig.recordBytes());
            rig.prepare();
            rig.startBackground();
            final long startNs = System.nanoTime();
            try {
                rig.append(records);
            } finally {
                rig.stopBackground();
            }
            rig.forceAll();
            final long elapsedNs = System.nanoTime() - startNs;
            return bytesResult("append, sustained", records * rig.recordBytes(), records * (double) rig.recordBytes() * 1e9 / elapsedNs,
                rig.recordBytes(), rig.stalls());
        }
    }

    private static Result bytesResult(
        final String operation, final long bytes, final double bytesPerSecond, final int pieceBytes, final long stalls) {
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put("score", bytesPerSecond / pieceBytes);
        more.put("unit", "pieces/s");
        more.put("pieceBytes", pieceBytes);
        more.put("bytes", bytes);
        more.put("bytesPerSecond", bytesPerSecond);
        more.put("segmentNotReady", stalls);
        return new Result(operation, "throughput", null, bytesPerSecond / pieceBytes, bytes / pieceBytes, null, null, more);
    }

    private static double rate(final Result result) {
        return ((Number) result.more().get("bytesPerSecond")).doubleValue();
    }
}
