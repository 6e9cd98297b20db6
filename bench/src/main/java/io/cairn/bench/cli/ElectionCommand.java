package io.cairn.bench.cli;

import io.cairn.bench.cluster.LeaderKills;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code cairn-bench election}: how long a cluster is without a leader, and without acknowledged writes, when its leader is killed.
 */
@Command(
    name = "election",
    description = {
        "Starts real member processes on the loopback, writes through the client one after the other, and kills the leader (SIGKILL) again and "
            + "again; the killed member comes back, and has caught up, before the next kill. Shown are the time until another member leads and the "
            + "longest time without an acknowledged write around the kill."
    })
final class ElectionCommand implements Callable<Integer> {
    private static final int MEMBERS_MAX = 7;

    @Spec
    private CommandSpec spec;

    @Option(names = "--members", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "Members of the cluster, 2 to " + MEMBERS_MAX + " (default: ${DEFAULT-VALUE}).")
    private long members;

    @Option(names = "--kills", paramLabel = "N", defaultValue = "10", converter = Converters.Count.class,
        description = "Leaders to kill (default: ${DEFAULT-VALUE}).")
    private long kills;

    @Option(names = "--profile", paramLabel = "NAME", defaultValue = "balanced", description = "Profile of the members (default: ${DEFAULT-VALUE}).")
    private String profile;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Override a key of the members' configuration; may be repeated.")
    private final Map<String, String> overrides = new LinkedHashMap<>();

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the moments of the kills (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "Where members keep their data, left in place; by default a temporary directory.")
    private Path dataDirectory;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON.")
    private Path json;

    private final Progress progress = new Progress();

    @Override
    public Integer call() {
        DataOptions.require(spec.commandLine(), members >= 2 && members <= MEMBERS_MAX, "--members " + members + " is outside 2 to " + MEMBERS_MAX);
        DataOptions.require(spec.commandLine(), kills >= 1, "--kills " + kills + " is none");
        final List<String> arguments = new ArrayList<>(List.of("--profile", profile));
        overrides.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        try (DataDirectory directory = DataDirectory.open(dataDirectory)) {
            final LeaderKills.Plan plan = new LeaderKills.Plan((int) members, (int) kills, directory.path(), arguments, seed);
            final List<LeaderKills.Kill> done = new LeaderKills(plan, progress::say).run();
            progress.done();
            write(done);
            return 0;
        } catch (final IOException ex) {
            throw new BenchException("the figures cannot be written: " + Failures.reason(ex), ex);
        } catch (final IllegalStateException ex) {
            throw new BenchException(ex.getMessage(), ex);
        } finally {
            progress.done();
        }
    }

    private void write(final List<LeaderKills.Kill> done) throws IOException {
        final long[] led = done.stream().mapToLong(LeaderKills.Kill::ledNs).sorted().toArray();
        final long[] silent = done.stream().mapToLong(LeaderKills.Kill::silentNs).sorted().toArray();
        final PrintWriter out = spec.commandLine().getOut();
        out.println(members + " members, profile " + profile + (overrides.isEmpty() ? "" : " " + overrides) + ", " + done.size() + " leaders killed");
        out.println("until another leads:           " + line(led));
        out.println("without an acknowledged write: " + line(silent));
        out.flush();
        if (null != json) {
            final Map<String, Object> document = new LinkedHashMap<>();
            document.put("schemaVersion", 1L);
            document.put("command", "election");
            document.put("profile", profile);
            document.put("configuration", overrides);
            document.put("members", members);
            document.put("kills", (long) done.size());
            document.put("ledNs", figures(led));
            document.put("silentNs", figures(silent));
            Files.writeString(json, Json.write(document));
        }
    }

    private static String line(final long[] sorted) {
        return "median " + Figures.nanos(median(sorted)) + ", min " + Figures.nanos(sorted[0]) + ", max " + Figures.nanos(sorted[sorted.length - 1]);
    }

    private static long median(final long[] sorted) {
        return sorted[sorted.length / 2];
    }

    private static Map<String, Object> figures(final long[] sorted) {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("median", median(sorted));
        figures.put("min", sorted[0]);
        figures.put("max", sorted[sorted.length - 1]);
        return figures;
    }
}
