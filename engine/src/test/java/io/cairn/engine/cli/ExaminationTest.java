package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.cairn.engine.cli.DoctorCommand.Finding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExaminationTest {
    @TempDir
    private Path system;

    private void given(final String path, final String text) throws IOException {
        Files.createDirectories(system.resolve(path).getParent());
        Files.writeString(system.resolve(path), text);
    }

    private Map<String, Finding> findings() {
        return new Examination(system, system.resolve("not/yet/made")).findings().stream()
            .collect(Collectors.toMap(Finding::check, Function.identity()));
    }

    @Test
    void shouldAdviseWhenTheSystemGetsInTheWay() throws IOException {
        given("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
        given("proc/sys/net/core/rmem_max", "212992\n");
        given("proc/sys/net/core/wmem_max", "212992\n");
        given("proc/sys/vm/max_map_count", "1000\n");
        given("proc/sys/vm/swappiness", "60\n");
        given("proc/meminfo", "MemTotal:       2000000 kB\nMemAvailable:    500000 kB\nSwapTotal:      1000000 kB\n");
        given("proc/self/limits", "Limit            Soft Limit  Hard Limit  Units\nMax open files   1024        4096        files\n");
        given("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
        given("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
        final Map<String, Finding> findings = findings();
        for (final String check : new String[] {"huge pages", "receive buffer", "send buffer", "memory mappings", "memory", "swap", "open files",
            "clock source", "frequency governor"}) {
            assertNotNull(findings.get(check).advice(), check);
        }
        assertEquals("never", findings.get("huge pages").found());
        assertEquals("1024", findings.get("open files").found());
    }

    @Test
    void shouldAdviseNothingWhenTheSystemIsWell() throws IOException {
        given("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
        given("proc/sys/net/core/rmem_max", "4194304\n");
        given("proc/meminfo", "MemTotal:       8000000 kB\nMemAvailable:    5000000 kB\nSwapTotal:      0 kB\n");
        given("proc/self/limits", "Max open files            unlimited   unlimited   files\n");
        final Map<String, Finding> findings = findings();
        for (final String check : new String[] {"huge pages", "receive buffer", "memory", "swap", "open files", "java"}) {
            assertNull(findings.get(check).advice(), check);
        }
    }

    @Test
    void shouldLeaveOutWhatTheSystemDoesNotTell() {
        final Map<String, Finding> findings = findings();
        assertNull(findings.get("huge pages"));
        assertNull(findings.get("memory"));
        assertTrue(findings.get("directory").found().endsWith("not/yet/made (to be made)"));
    }

    @Test
    void shouldExitZeroWhateverItAdvises() {
        assertTrue(CliRun.success("doctor", system.toString()).out.contains("file system"));
        assertTrue(CliRun.success("doctor", "--json").out.startsWith("{\"checks\": [{\"check\": \"java\", \"ok\": true, "));
    }
}
