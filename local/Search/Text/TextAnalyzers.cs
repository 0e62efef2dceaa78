using Lucene.Net.Analysis;
using Lucene.Net.Analysis.Cjk;
using Lucene.Net.Analysis.Core;
using Lucene.Net.Analysis.De;
using Lucene.Net.Analysis.En;
using Lucene.Net.Analysis.Es;
using Lucene.Net.Analysis.Fr;
using Lucene.Net.Analysis.It;
using Lucene.Net.Analysis.Miscellaneous;
using Lucene.Net.Analysis.Nl;
using Lucene.Net.Analysis.Pt;
using Lucene.Net.Analysis.Ru;
using Lucene.Net.Analysis.Standard;
using Lucene.Net.Analysis.Util;
using Lucene.Net.Util;

namespace Serverless.Local.Search.Text;

/// <summary>AI Search's analyzers by the names that index definitions give them; Lucene's own, which the service uses too.</summary>
/// <remarks>
/// Microsoft's analyzers (<c>en.microsoft</c>) are not public: Lucene's of the same language stands in, which stems where the service finds base forms.
/// Chinese, Japanese and Korean text is indexed by pairs of characters.
/// </remarks>
internal static class TextAnalyzers
{
    public const LuceneVersion Version = LuceneVersion.LUCENE_48;
    public const string Default = "standard.lucene";

    private static readonly Dictionary<string, Func<Analyzer>> Languages = new(StringComparer.Ordinal)
    {
        ["en"] = () => new EnglishAnalyzer(Version),
        ["de"] = () => new GermanAnalyzer(Version),
        ["es"] = () => new SpanishAnalyzer(Version),
        ["fr"] = () => new FrenchAnalyzer(Version),
        ["it"] = () => new ItalianAnalyzer(Version),
        ["nl"] = () => new DutchAnalyzer(Version),
        ["pt-PT"] = () => new PortugueseAnalyzer(Version),
        ["pt-BR"] = () => new PortugueseAnalyzer(Version),
        ["ru"] = () => new RussianAnalyzer(Version),
        ["ja"] = () => new CJKAnalyzer(Version),
        ["ko"] = () => new CJKAnalyzer(Version),
        ["zh-Hans"] = () => new CJKAnalyzer(Version),
        ["zh-Hant"] = () => new CJKAnalyzer(Version),
    };

    private static readonly Dictionary<string, Func<Analyzer>> Known = new(
        Languages.SelectMany(language => (KeyValuePair<string, Func<Analyzer>>[])[new($"{language.Key}.lucene", language.Value), new($"{language.Key}.microsoft", language.Value)]), StringComparer.Ordinal)
    {
        // The service's standard analyzer has no stop words; Lucene's has English ones.
        [Default] = () => new StandardAnalyzer(Version, CharArraySet.Empty),
        ["standard"] = () => new StandardAnalyzer(Version, CharArraySet.Empty),
        ["standardasciifolding.lucene"] = () => Analyzer.NewAnonymous((_, reader) =>
        {
            var words = new StandardTokenizer(Version, reader);
            return new TokenStreamComponents(words, new ASCIIFoldingFilter(new LowerCaseFilter(Version, new StandardFilter(Version, words))));
        }),
        ["simple"] = () => new SimpleAnalyzer(Version),
        ["whitespace"] = () => new WhitespaceAnalyzer(Version),
        ["stop"] = () => new StopAnalyzer(Version),
        ["keyword"] = () => new KeywordAnalyzer(),
    };

    /// <exception cref="SearchException">The emulator has no such analyzer; names those that it has.</exception>
    public static void ThrowIfUnknown(string field, string analyzer)
    {
        if (!Known.ContainsKey(analyzer))
            throw SearchException.Unsupported($"the analyzer '{analyzer}' of field '{field}' (it has {string.Join(", ", Known.Keys.Order(StringComparer.Ordinal))})");
    }

    public static Analyzer Create(string analyzer) => Known[analyzer]();
}
