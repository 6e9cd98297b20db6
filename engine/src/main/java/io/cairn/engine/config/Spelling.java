package io.cairn.engine.config;

import java.util.Collection;

/**
 * Finds the word that was probably meant.
 */
final class Spelling {
    private Spelling() {
    }

    /**
     * A question for the end of a message.
     *
     * @param word  as it was written.
     * @param words that exist.
     * @return {@code " (did you mean X?)"}, or empty if none is near.
     */
    static String suggestion(final String word, final Collection<String> words) {
        String nearest = null;
        int nearestDistance = Math.max(2, word.length() / 3) + 1;
        for (final String candidate : words) {
            final int distance = candidate.endsWith("." + word) || candidate.startsWith(word + ".") ? 1 : distance(word, candidate);
            if (distance < nearestDistance) {
                nearestDistance = distance;
                nearest = candidate;
            }
        }
        return nearest == null ? "" : " (did you mean " + nearest + "?)";
    }

    private static int distance(final String left, final String right) {
        int[] above = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            final int[] row = new int[right.length() + 1];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                final int substitution = above[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(substitution, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[right.length()];
    }
}
