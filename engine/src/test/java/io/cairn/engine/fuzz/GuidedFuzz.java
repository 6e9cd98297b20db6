package io.cairn.engine.fuzz;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The coverage-guided run, of the profile {@code fuzz}: a JVM with a small heap for each target, in which Jazzer looks for inputs that reach further,
 * from the seeds and the kept inputs on, for {@code fuzz.seconds}. A crash, a hang, a heap that does not suffice, anything thrown is a finding: its
 * input lies in {@code target/fuzz/NAME} then, and the output says how to run it again. {@code fuzz.only} is a pattern of the targets' names;
 * {@code fuzz.keep} writes the inputs that reach furthest, the shortest first, to {@code target/fuzz/NAME.corpus}, for whoever wants to keep them
 * beside the target.
 */
public abstract class GuidedFuzz {
    private static final String JAZZER = "com.code_intelligence.jazzer.Jazzer";
    private static final int KEPT_BYTES_MAX = 24 * 1024;
    private static final int KEPT_INPUT_BYTES_MAX = 1024;
    private static final Path WORK = Path.of("target", "fuzz");

    /** @return the targets. */
    protected abstract List<Class<? extends FuzzTarget>> targets();

    @TestFactory
    final Stream<DynamicTest> shouldFindNothing() {
        final Pattern only = Pattern.compile(System.getProperty("fuzz.only", ""));
        return targets().stream().filter(type -> only.matcher(type.getSimpleName()).find())
            .map(type -> DynamicTest.dynamicTest(type.getSimpleName(), () -> hunt(type)));
    }

    private static void hunt(final Class<? extends FuzzTarget> type) throws ReflectiveOperationException, IOException, InterruptedException {
        final Path corpus = Files.createDirectories(WORK.resolve(type.getSimpleName()).resolve("corpus"));
        final Path seeds = Files.createDirectories(WORK.resolve(type.getSimpleName()).resolve("seeds"));
        try (FuzzTarget target = FuzzRegression.open(type)) {
            final List<byte[]> inputs = new ArrayList<>(target.seeds());
            inputs.addAll(FuzzCorpus.kept(target));
            for (int i = 0; i < inputs.size(); i++) {
                Files.write(seeds.resolve(String.format("%05d", i)), inputs.get(i));
            }
        }
        final int code = run(type, "-max_total_time=" + System.getProperty("fuzz.seconds", "60"), corpus.toString(), seeds.toString());
        if (Boolean.getBoolean("fuzz.keep")) {
            keep(type, corpus);
        }
        assertEquals(0, code, () -> "a finding: " + WORK.resolve(type.getSimpleName()));
    }

    private static int run(final Class<?> type, final String... arguments) throws IOException, InterruptedException {
        final Path log = WORK.resolve(type.getSimpleName() + ".log");
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(flag -> flag.startsWith("--") || flag.startsWith("-Dagrona") || flag.startsWith("-Djava.net")).forEach(command::add);
        command.addAll(List.of("-Xmx256m", "-XX:MaxDirectMemorySize=256m", "-XX:+UseSerialGC", "-Dslf4j.internal.verbosity=ERROR",
            "-D" + JazzerEntry.TARGET + "=" + type.getName(), "-cp", System.getProperty("java.class.path"), JAZZER,
            "--target_class=" + JazzerEntry.class.getName(), "--instrumentation_includes=io.cairn.**",
            "--custom_hook_excludes=io.cairn.**", "--reproducer_path=" + WORK, "-artifact_prefix=" + WORK.resolve(type.getSimpleName()) + "/",
            "-timeout=20", "-rss_limit_mb=2048", "-max_len=8192", "-print_final_stats=1"));
        command.addAll(List.of(arguments));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            return process.waitFor();
        } finally {
            process.destroyForcibly();
        }
    }

    /** The fewest inputs that reach as much as all of them, as the fuzzer's own merge finds them. */
    private static void keep(final Class<?> type, final Path corpus) throws IOException, InterruptedException {
        final Path merged = Files.createDirectories(WORK.resolve(type.getSimpleName()).resolve("merged"));
        run(type, "-merge=1", merged.toString(), corpus.toString());
        final List<byte[]> inputs = new ArrayList<>();
        try (Stream<Path> files = Files.list(merged)) {
            files.map(GuidedFuzz::read).filter(input -> input.length <= KEPT_INPUT_BYTES_MAX)
                .sorted(Comparator.<byte[]>comparingInt(input -> input.length).thenComparing(input -> HexFormat.of().formatHex(input)))
                .forEach(inputs::add);
        }
        final StringBuilder text = new StringBuilder("# Inputs that reach far, found by guidance.\n");
        for (final byte[] input : inputs) {
            final String line = Base64.getEncoder().encodeToString(input);
            if (text.length() + line.length() < KEPT_BYTES_MAX) {
                text.append(line).append('\n');
            }
        }
        Files.writeString(WORK.resolve(FuzzCorpus.fileName(type)), text, StandardCharsets.US_ASCII);
    }

    private static byte[] read(final Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
