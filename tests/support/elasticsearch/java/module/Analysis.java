package clew.module;

import java.util.Map;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.core.LowerCaseFilter;
import org.apache.lucene.analysis.pattern.PatternTokenizer;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;

/**
 * The `pattern` tokenizer and the `lowercase` filter, over the same Lucene classes, names and
 * parameters as in the module analysis-common, which every distribution has and Maven Central has not.
 */
final class Analysis {
    static final Map<String, AnalysisProvider<TokenizerFactory>> TOKENIZERS =
        Map.of("pattern", (index, environment, name, settings) -> pattern(name, settings));

    static final Map<String, AnalysisProvider<TokenFilterFactory>> FILTERS =
        Map.of("lowercase", (index, environment, name, settings) -> new Lowercase(name));

    private static TokenizerFactory pattern(String name, Settings settings) {
        var pattern = Regex.compile(settings.get("pattern", "\\W+"), settings.get("flags"));
        int group = settings.getAsInt("group", -1);
        return TokenizerFactory.newFactory(name, () -> new PatternTokenizer(pattern, group));
    }

    private record Lowercase(String name) implements NormalizingTokenFilterFactory {
        @Override
        public TokenStream create(TokenStream words) {
            return new LowerCaseFilter(words);
        }
    }
}
