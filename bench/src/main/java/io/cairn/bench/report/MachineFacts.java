package io.cairn.bench.report;

import com.sun.management.OperatingSystemMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a benchmark ran: what a reader needs to judge its figures. Nothing that names a person or a host.
 */
public final class MachineFacts {
    private static final double LOAD_AVERAGE_BEFORE = loadAverage();

    private MachineFacts() {
    }

    /**
     * Looks at the machine.
     *
     * @param directory whose file system is of interest, or null.
     * @return facts by name.
     */
    public static Map<String, Object> of(final Path directory) {
        final Map<String, Object> facts = new LinkedHashMap<>();
        final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        facts.put("cores", Runtime.getRuntime().availableProcessors());
        facts.put("processor", processor());
        facts.put("memory", Figures.bytes(system.getTotalMemorySize()));
        facts.put("system", System.getProperty("os.name") + ' ' + System.getProperty("os.version") + ' ' + System.getProperty("os.arch"));
        facts.put("jvm", System.getProperty("java.vm.name") + ' ' + System.getProperty("java.runtime.version"));
        facts.put("heapMax", Figures.bytes(Runtime.getRuntime().maxMemory()));
        facts.put("fileSystem", null == directory ? null : fileSystem(directory));
        facts.put("loadAverageBefore", LOAD_AVERAGE_BEFORE);
        facts.put("loadAverage", loadAverage());
        facts.put("finishedAt", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        return facts;
    }

    /**
     * Type of the file system under a directory.
     *
     * @param directory that exists.
     * @return such as {@code ext4}.
     */
    public static String fileSystem(final Path directory) {
        try {
            return Files.getFileStore(directory).type();
        } catch (final IOException ex) {
            return "unknown";
        }
    }

    /**
     * What the load average of the last minute says against trusting this run.
     *
     * @return a sentence, or null when the machine was quiet before it.
     */
    public static String busyBefore() {
        final int cores = Runtime.getRuntime().availableProcessors();
        return LOAD_AVERAGE_BEFORE <= cores ? null :
            "the machine was busy before this run (load average " + LOAD_AVERAGE_BEFORE + " on " + cores + " cores): its figures are worth little";
    }

    private static double loadAverage() {
        return Math.round(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage() * 100) / 100.0;
    }

    private static String processor() {
        try {
            final List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
            for (final String line : lines) {
                if (line.startsWith("model name")) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
            return System.getProperty("os.arch");
        } catch (final IOException ex) {
            return System.getProperty("os.arch");
        }
    }
}
