using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Lucene.Net.Analysis.TokenAttributes;
using Serverless.Local.Search;
using Serverless.Local.Search.Schema;
using Serverless.Local.Search.Text;
using Serverless.Local.Search.Vectors;

namespace Local.Tests.Search;

public sealed class RankingTests
{
    private static readonly string[] Vocabulary = ["fig", "tree", "leaf", "rose", "water"];

    [Fact]
    public void AnyEditsAndQuery_Scores_EqualANaiveBm25()
    {
        // Lengths up to 40 terms are counted exactly.
        var text = Gen.Elements(Vocabulary).ListOf().Select(words => string.Join(' ', words.Take(40)));
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
    [InlineData("standard.lucene", "Don't PANIC: v2.0, e.g. 1,000 e-mails", "don't|panic|v2.0|e.g|1,000|e|mails")]
    [InlineData("standard.lucene", "The fig", "the|fig")]
    [InlineData("standardasciifolding.lucene", "Crème BRÛLÉE", "creme|brulee")]
    [InlineData("en.lucene", "The fig's leaves are dropping", "fig|leav|drop")]
    [InlineData("en.microsoft", "relational controlling", "relat|control")]
    [InlineData("de.lucene", "Die Häuser", "haus")]
    [InlineData("keyword", "As it is", "As it is")]
    [InlineData("whitespace", "A b,c", "A|b,c")]
    [InlineData("simple", "MPT-30B", "mpt|b")]
    [InlineData("stop", "The fig tree", "fig|tree")]
    [InlineData("en.lucene", "\u6771\u4eac\u306f", "\u6771|\u4eac|\u306f")]
    [InlineData("ja.lucene", "\u6771\u4eac\u306f", "\u6771\u4eac|\u4eac\u306f")]
    public void Analyzer_KnownNames_SplitAsTheService(string analyzer, string text, string terms)
    {
        using var lucene = TextAnalyzers.Create(analyzer);
        using var stream = lucene.GetTokenStream("field", text);
        var term = stream.AddAttribute<ICharTermAttribute>();
        var found = new List<string>();
        stream.Reset();
        while (stream.IncrementToken()) found.Add(term.ToString()!);
        stream.End();
        Assert.Equal(terms, string.Join('|', found));
    }

    [Fact]
    public void AnyEdits_Search_FindsWhatIsThere()
    {
        var text = Gen.Elements(Vocabulary).ListOf().Select(words => string.Join(' ', words));
        var cases = (from slot in Gen.Choose(0, 6) from value in Gen.OneOf(text, Gen.Constant<string>(null!)) select (slot, value)).ListOf();
        Prop.ForAll(cases.ToArbitrary(), edits =>
        {
            using var index = new TextIndex(Schema);
            var documents = new Dictionary<int, string>();
            foreach (var (slot, value) in edits)
            {
                var isNew = !documents.Remove(slot);
                if (value is null)
                {
                    if (!isNew) index.Remove(slot);
                    continue;
                }

                documents[slot] = value;
                index.Put(Document(slot, value), isNew);
            }

            return Vocabulary.All(word =>
                index.Search(word, null, all: false, null).Select(match => match.Slot).Order()
                    .SequenceEqual(documents.Where(document => document.Value.Split(' ').Contains(word)).Select(document => document.Key).Order()));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AnyVectors_Find_EqualsASort()
    {
        var field = new IndexField(0, "vector", FieldType.Single, true, false, true, false, false, false, true, "", 3, VectorMetric.Cosine);
        var vector = Gen.Choose(-3, 3).Select(value => (float)value).ArrayOf(3);
        var cases = from edits in (from slot in Gen.Choose(0, 9) from value in Gen.OneOf(vector, Gen.Constant<float[]>(null!)) select (slot, value)).ListOf()
                    from query in vector
                    from k in Gen.Choose(0, 5)
                    select (edits, query, k);
        Prop.ForAll(cases.ToArbitrary(), item =>
        {
            var rows = new VectorRows(field);
            var kept = new SortedDictionary<int, float[]>();
            foreach (var (slot, value) in item.edits)
            {
                kept.Remove(slot);
                rows.Put(slot, value);
                if (value is not null) kept[slot] = value;
            }

            double Score(float[] other)
            {
                double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
                var norms = Math.Sqrt(Dot(item.query, item.query) * Dot(other, other));
                return Math.Round(1 / (2 - (norms == 0 ? 0 : Dot(item.query, other) / norms)), 5);
            }

            var odd = kept.Where(pair => pair.Key % 2 == 1).Select(pair => Score(pair.Value)).OrderDescending().Take(item.k);
            return rows.Find(item.query, item.k, slot => slot % 2 == 1).Select(hit => Math.Round(hit.Score, 5)).SequenceEqual(odd);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Length_UpTo40Terms_CountsExactly_AndBeyondToOnePartInEight()
    {
        foreach (var length in (int[])[1, 2, 7, 23, 24, 31, 39, 40, 57, 100, 1000, 50_000])
        {
            using var index = new TextIndex(Schema);
            index.Put(Document(0, string.Join(' ', Enumerable.Repeat("fig", length))), isNew: true);
            index.Put(Document(1, "rose"), isNew: true);
            var counted = Length(index.Search("fig", null, all: false, null).Single().Score, length, length + 1);
            Assert.InRange(counted, length <= 40 ? length - 0.01 * length : length * 0.87, length * 1.01);
        }

        // BM25's formula, solved for the length of the field.
        static double Length(double score, int frequency, int total)
        {
            var idf = Math.Log(1 + (1.5 / 1.5));
            var denominator = idf * frequency * 2.2 / score;
            return ((denominator - frequency) / 1.2 - 0.25) / 0.75 * (total / 2.0);
        }
    }

    private static readonly IndexSchema Schema = IndexSchema.Parse((JsonObject)JsonNode.Parse(
        """{"name":"chunks","fields":[{"name":"id","type":"Edm.String","key":true},{"name":"content","type":"Edm.String","analyzer":"whitespace"}]}""")!);

    private static IndexedDocument Document(int slot, string text) => IndexedDocument.Create(Schema, slot, [$"{slot}", text]);

    private static bool ScoresAgree((int Slot, string? Value)[] edits, string[] query)
    {
        using var index = new TextIndex(Schema);
        var documents = new SortedDictionary<int, string>();
        foreach (var (slot, value) in edits)
        {
            if (value is not null) documents[slot] = value;
        }

        foreach (var (slot, value) in documents) index.Put(Document(slot, value), isNew: true);
        var actual = index.Search(string.Join(' ', query), null, all: false, null).ToDictionary(match => match.Slot, match => match.Score);
        return documents.Keys.All(slot => Math.Abs(Naive(documents, slot, query) - actual.GetValueOrDefault(slot)) < 1e-4) && actual.Keys.All(documents.ContainsKey);
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
