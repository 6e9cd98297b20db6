package io.cairn.engine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

import io.cairn.engine.JvmFlags;
import io.cairn.engine.cli.DoctorCommand.Finding;
import org.agrona.SystemUtil;

/**
 * Reads what the system tells of itself and judges it. What a system does not tell (another operating system, a container) is left out.
 */
final class Examination {
    private static final long SOCKET_BUFFER_MIN = 2L << 20;
    private static final long OPEN_FILES_MIN = 4_096;
    private static final long MAP_COUNT_MIN = 65_530;
    private static final long FREE_BYTES_MIN = 1L << 30;
    private static final int CORES_MIN = 2;
    private static final int TEXT_BYTES_MAX = 64 * 1024;
    private static final List<String> VOLATILE_FILE_SYSTEMS = List.of("tmpfs", "ramfs", "devtmpfs");
    private static final List<String> DOUBTFUL_FILE_SYSTEMS = List.of("nfs", "nfs4", "cifs", "smb3", "9p", "overlay", "fuseblk", "fuse");

    private final Path system;
    private final Path directory;
    private final List<Finding> findings = new ArrayList<>();

    /**
     * Prepare to examine.
     *
     * @param system    where proc and sys are mounted: the root, but for tests.
     * @param directory whose file system matters.
     */
    Examination(final Path system, final Path directory) {
        this.system = system;
        this.directory = directory;
    }

    List<Finding> findings() {
        findings.clear();
        java();
        cores();
        memory();
        hugePages();
        clockSource();
        governor();
        socketBuffer("receive buffer", "rmem_max");
        socketBuffer("send buffer", "wmem_max");
        mapCount();
        openFiles();
        fileSystem();
        temporaryDirectory();
        return List.copyOf(findings);
    }

    private void note(final String check, final String found, final boolean isWell, final String advice) {
        findings.add(new Finding(check, found, isWell ? null : advice));
    }

    private void java() {
        final boolean hasFlags = JvmFlags.missing().isEmpty();
        note("java", Runtime.version() + (hasFlags ? ", flags present" : ", flags missing"), hasFlags,
            "start through engine/bin/cairn, or pass the --add-opens and --add-exports flags of docs/embedding.md");
    }

    private void cores() {
        final int cores = Runtime.getRuntime().availableProcessors();
        note("cores", Integer.toString(cores), cores >= CORES_MIN,
            "two cores at least, or profile small: busy threads would take the core from each other");
    }

    private void memory() {
        meminfo("MemTotal").ifPresent(total -> {
            final long available = meminfo("MemAvailable").orElse(total);
            note("memory", SystemUtil.formatSize(total >> 20 << 20) + " of which " + SystemUtil.formatSize(available >> 20 << 20) + " available",
                available >= FREE_BYTES_MIN, "free memory, or bound the state with state.memory.max: it lives off the heap, beside -Xmx");
        });
        meminfo("SwapTotal").ifPresent(swap -> {
            final long swappiness = number("proc/sys/vm/swappiness").orElse(0);
            note("swap", SystemUtil.formatSize(swap) + ", swappiness " + swappiness, swap == 0 || swappiness <= 10,
                "sysctl vm.swappiness=1: a page of the state that is swapped out costs a read of the device");
        });
    }

    private OptionalLong meminfo(final String name) {
        for (final String line : text("proc/meminfo").orElse("").split("\n")) {
            if (line.startsWith(name + ":")) {
                return OptionalLong.of(Long.parseLong(line.replaceAll("[^0-9]", "")) << 10);
            }
        }
        return OptionalLong.empty();
    }

    private void hugePages() {
        text("sys/kernel/mm/transparent_hugepage/enabled").ifPresent(modes -> {
            final String mode = modes.replaceAll(".*\\[(.*)].*", "$1").strip();
            note("huge pages", mode, !"never".equals(mode),
                "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: state.huge.pages has no effect otherwise");
        });
    }

    private void clockSource() {
        text("sys/devices/system/clocksource/clocksource0/current_clocksource").ifPresent(source -> note("clock source", source,
            !"hpet".equals(source) && !"acpi_pm".equals(source), "tsc or the hypervisor's: this one costs about a microsecond a reading"));
    }

    private void governor() {
        text("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").ifPresent(governor -> note("frequency governor", governor,
            "performance".equals(governor), "cpupower frequency-set -g performance: cores that slow down when idle wake up slowly"));
    }

    private void socketBuffer(final String check, final String name) {
        number("proc/sys/net/core/" + name).ifPresent(bytes -> note(check, "net.core." + name + "=" + bytes, bytes >= SOCKET_BUFFER_MIN,
            "sysctl net.core." + name + "=" + SOCKET_BUFFER_MIN + ": a member of a cluster drops datagrams when bursts do not fit"));
    }

    private void mapCount() {
        number("proc/sys/vm/max_map_count").ifPresent(maps -> note("memory mappings", "vm.max_map_count=" + maps, maps >= MAP_COUNT_MIN,
            "sysctl vm.max_map_count=262144: every segment and every extent is a mapping"));
    }

    private void openFiles() {
        for (final String line : text("proc/self/limits").orElse("").split("\n")) {
            if (line.startsWith("Max open files")) {
                final String soft = line.substring("Max open files".length()).strip().split("\\s+")[0];
                final boolean isWell = "unlimited".equals(soft) || Long.parseLong(soft) >= OPEN_FILES_MIN;
                note("open files", soft, isWell, "ulimit -n 65536: every segment and every client takes one");
            }
        }
    }

    private void fileSystem() {
        Path existing = directory;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null) {
            return;
        }
        try {
            final FileStore store = Files.getFileStore(existing);
            final String type = store.type().toLowerCase(Locale.ROOT);
            final String found = type + " at " + existing;
            if (VOLATILE_FILE_SYSTEMS.contains(type)) {
                note("file system", found, false, "a directory on a disk: this one is memory, and gone after a restart whatever the durability");
            } else {
                note("file system", found, !DOUBTFUL_FILE_SYSTEMS.contains(type),
                    "ext4 or xfs on a local disk: forcing, mapping and locking are not dependable here");
            }
            final long usable = store.getUsableSpace();
            note("free space", SystemUtil.formatSize(usable >> 20 << 20), usable >= FREE_BYTES_MIN,
                "at least 1g: segments are written ahead, and a snapshot needs room for one more of itself");
            note("directory", existing.equals(directory) ? directory.toString() : directory + " (to be made)", Files.isWritable(existing),
                "a directory this user may write to, or chown " + existing);
        } catch (final IOException ex) {
            note("file system", existing.toString(), false, "a directory that can be read: " + ex.getMessage());
        }
    }

    private void temporaryDirectory() {
        final Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        String options = "";
        for (final String line : text("proc/self/mounts").orElse("").split("\n")) {
            final String[] fields = line.split(" ");
            if (fields.length > 3 && temporary.startsWith(fields[1]) && (options.isEmpty() || !"/".equals(fields[1]))) {
                options = fields[3];
            }
        }
        final boolean isWell = !List.of(options.split(",")).contains("noexec") && Files.isWritable(temporary);
        note("temporary files", temporary.toString(), isWell,
            "-Djava.io.tmpdir=DIR in CAIRN_JVM_OPTS with a writable DIR not mounted noexec: native libraries are unpacked and loaded there");
    }

    private Optional<String> text(final String path) {
        // One large read: a file of proc that says its size is 0 makes Files.readString begin with a single byte, and a sysctl then ends.
        try (InputStream stream = Files.newInputStream(system.resolve(path))) {
            return Optional.of(new String(stream.readNBytes(TEXT_BYTES_MAX), StandardCharsets.UTF_8).strip());
        } catch (final IOException ex) {
            return Optional.empty();
        }
    }

    private OptionalLong number(final String path) {
        final Optional<String> text = text(path);
        return text.isPresent() && text.get().matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text.get())) : OptionalLong.empty();
    }
}
