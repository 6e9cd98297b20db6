package io.cairn.engine.fuzz;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Inputs that are kept for a target, beside its class: {@code NAME.corpus}, an input a line in Base64; a line that begins with {@code #} says what
 * the ones behind it are. The findings come first, then a few that reach far.
 */
final class FuzzCorpus {
    private FuzzCorpus() {
    }

    static String fileName(final Class<?> target) {
        return target.getSimpleName() + ".corpus";
    }

    static List<byte[]> kept(final FuzzTarget target) {
        final List<byte[]> inputs = new ArrayList<>();
        try (InputStream stream = target.getClass().getResourceAsStream(fileName(target.getClass()))) {
            if (null != stream) {
                final BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII));
                for (String line = lines.readLine(); null != line; line = lines.readLine()) {
                    if (!line.startsWith("#")) {
                        inputs.add(Base64.getDecoder().decode(line));
                    }
                }
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
        return inputs;
    }
}
