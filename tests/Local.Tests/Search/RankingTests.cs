using FsCheck;
using FsCheck.Fluent;
using Serverless.Local.Search.Text;
using Serverless.Local.Search.Vectors;

namespace Local.Tests.Search;

public sealed class RankingTests
{
    private static readonly string[] Vocabulary = ["fig", "tree", "leaf", "rose", "water"];

    [Fact]
    public void AnyEditsAndQuery_Scores_EqualANaiveBm25()
    {
        var text = Gen.Elements(Vocabulary).ListOf().Select(words => string.Join(' ', words));
        var cases = from edits in (from slot in Gen.Choose(0, 6) from value in Gen.OneOf(text, Gen.Constant<string>(null!)) select (slot, value)).ListOf()
                    from query in Gen.Elements(Vocabulary).NonEmptyListOf()
                    select (edits, query);
        Prop.ForAll(cases.ToArbitrary(), item => ScoresAgree([.. item.edits], [.. item.query.Distinct()])).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AnyRankings_Fused_SumReciprocalRanks()
    {
        var ranking = Gen.Choose(0, 9).ListOf().Select(items => items.Distinct().ToArray());
        Prop.ForAll(ranking.ListOf().ToArbitrary(), rankings =>
        {
            var fused = ReciprocalRankFusion.Fuse(rankings);
            return Enumerable.Range(0, 10).All(item =>
            {
                var expected = rankings.Sum(list => Array.IndexOf(list, item) is var rank and >= 0 ? 1 / (60.0 + rank) : 0);
                return Math.Abs(expected - fused.GetValueOrDefault(item)) < 1e-12;
            });
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("caresses", "caress")]
    [InlineData("ponies", "poni")]
    [InlineData("plastered", "plaster")]
    [InlineData("dropping", "drop")]
    [InlineData("hopping", "hop")]
    [InlineData("filing", "file")]
    [InlineData("relational", "relat")]
    [InlineData("hopefulness", "hope")]
    [InlineData("electricity", "electr")]
    [InlineData("adjustable", "adjust")]
    [InlineData("replacement", "replac")]
    [InlineData("controlling", "control")]
    [InlineData("happy", "happi")]
    [InlineData("sky", "sky")]
    [InlineData("naïve", "naïve")]
    public void Stem_PortersExamples_AsPublished(string word, string stem) => Assert.Equal(stem, PorterStemmer.Stem(word));

    [Theory]
    [InlineData("standard.lucene", "Don't PANIC: v2.0, e.g. 1,000 e-mails", "don't|panic|v2.0|e.g|1,000|e|mails")]
    [InlineData("en.lucene", "The fig's leaves are dropping", "fig|leav|drop")]
    [InlineData("keyword", "As it is", "As it is")]
    [InlineData("whitespace", "A b,c", "A|b,c")]
    [InlineData("simple", "MPT-30B", "mpt|b")]
    public void Analyze_KnownAnalyzers_SplitAsLucene(string analyzer, string text, string terms) =>
        Assert.Equal(terms, string.Join('|', Analyzer.Analyze(analyzer, text).Select(term => term.Term)));

    private static bool ScoresAgree((int Slot, string? Value)[] edits, string[] query)
    {
        var field = new TextField(0, "content", "whitespace");
        var documents = new SortedDictionary<int, string>();
        foreach (var (slot, value) in edits)
        {
            if (documents.Remove(slot, out var previous))
                field.Remove(slot, previous);
            if (value is null)
                continue;
            documents[slot] = value;
            field.Add(slot, value);
        }

        var scorer = new TextScorer([field], documents.Keys, all: false);
        var actual = scorer.Score(SimpleQueryParser.Parse(string.Join(' ', query), all: false)!)!;
        return documents.Keys.All(slot => Math.Abs(Naive(documents, slot, query) - actual.GetValueOrDefault(slot)) < 1e-9) && actual.Keys.All(documents.ContainsKey);
    }

    private static double Naive(SortedDictionary<int, string> documents, int slot, string[] query)
    {
        var words = documents.Values.Select(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(list => list.Length > 0).ToArray();
        var own = documents[slot].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return query.Sum(term =>
        {
            double n = words.Count(list => list.Contains(term)), f = own.Count(word => word == term);
            return f == 0 ? 0 : Math.Log(1 + ((words.Length - n + 0.5) / (n + 0.5))) * f * 2.2 / (f + (1.2 * (0.25 + (0.75 * own.Length / words.Average(list => list.Length)))));
        });
    }
}
