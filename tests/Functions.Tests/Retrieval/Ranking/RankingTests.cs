using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Prompting;
using Serverless.Functions.Retrieval.Ranking;

namespace Serverless.Functions.Tests.Retrieval.Ranking;

public sealed class RankingTests
{
    private static readonly Gen<string> Word = Gen.Elements("fig", "leaves", "water", "GT-118", "rose", "draught", "the", "of", "根", "水をやる");

    private static readonly Gen<string> Text = Gen.Choose(0, 8).SelectMany(count => Word.ListOf(count)).Select(words => string.Join(' ', words));

    private static readonly Arbitrary<(string Question, FoundChunk[] Vectors, FoundChunk[] Words)> Lists = (
        from question in Text
        from texts in Gen.Choose(0, 12).SelectMany(count => Text.ListOf(count))
        from similarities in Gen.Choose(-100, 100).ListOf(texts.Count)
        from near in Gen.Elements(true, false).ListOf(texts.Count)
        from named in Gen.Elements(true, false).ListOf(texts.Count)
        let all = texts.Select((text, i) => Chunk(i, text, similarities[i] / 100.0)).ToArray()
        select (
            question,
            all.Where((_, i) => near[i]).OrderByDescending(chunk => chunk.Similarity).ToArray(),
            all.Where((_, i) => named[i]).Select(chunk => chunk with { Similarity = null }).ToArray())).ToArbitrary();

    [Fact]
    public void Fuse_AnyLists_HoldsEachPassageOnceInOrderOfItsScore() => Prop.ForAll(Lists, given =>
    {
        var fused = HybridRanking.Fuse(given.Question, given.Vectors, given.Words);
        var ids = given.Vectors.Concat(given.Words).Select(chunk => chunk.Id).ToHashSet();
        return fused.Count == ids.Count && fused.All(chunk => ids.Contains(chunk.Id)) && fused.Zip(fused.Skip(1), (better, worse) => better.Score >= worse.Score).All(holds => holds)
            && fused.All(chunk => chunk.Score is >= 0 and <= 1 + HybridRanking.WordWeight && chunk.Coverage is >= 0 and <= 1);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Fuse_WithoutHitsOfWords_IsTheRankingByVectors() => Prop.ForAll(Lists, given =>
        HybridRanking.Fuse(given.Question, given.Vectors, []).Select(chunk => chunk.Id).SequenceEqual(given.Vectors.Select(chunk => chunk.Id))).QuickCheckThrowOnFailure();

    /// <summary>Hits that name no more of the question than chance would change nothing among what vectors found.</summary>
    [Fact]
    public void Fuse_HitsByChance_LeaveTheOrderOfVectors() => Prop.ForAll(Lists, given =>
    {
        var fused = HybridRanking.Fuse(given.Question, given.Vectors, given.Words);
        if (fused.Any(chunk => chunk.Coverage > HybridRanking.Chance)) return true;
        var near = given.Vectors.Select(chunk => chunk.Id).ToHashSet();
        return fused.Select(chunk => chunk.Id).Where(near.Contains).SequenceEqual(given.Vectors.Select(chunk => chunk.Id));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Fuse_APassageThatNamesACode_ComesBeforeNearerOnesThatDoNot()
    {
        FoundChunk[] vectors = [Chunk(0, "E-1041 means that the job could not reach its bucket.", 0.71), Chunk(1, "E-1042 means that the bucket refused the credentials.", 0.70), Chunk(2, "Runs end.", 0.4)];
        FoundChunk[] words = [vectors[1] with { Similarity = null }, vectors[0] with { Similarity = null }];
        Assert.Equal("1", HybridRanking.Fuse("What does E-1042 mean?", vectors, words)[0].Id);
    }

    [Fact]
    public void Fuse_AHitOfOneCommonWord_DoesNotPassWhatIsNear()
    {
        FoundChunk[] vectors = [Chunk(0, "Tubers that turn green in the light are poisonous.", 0.6), Chunk(1, "Dinner is served at eight.", 0.2), Chunk(2, "Roses want sun.", 0.1)];
        Assert.Equal("0", HybridRanking.Fuse("Are greenish spuds safe for dinner?", vectors, [vectors[1] with { Similarity = null }])[0].Id);
    }

    [Fact]
    public void Mmr_AnyLists_HoldsEachPassageOnceAndBeginsWithTheNearest() => Prop.ForAll(Lists, Gen.Choose(0, 10).ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (given, tenths, candidates) =>
    {
        var ordered = MarginalRelevance.Order(given.Vectors, new MmrSettings(tenths / 10.0, candidates)).Select(chunk => chunk.Id).ToList();
        var before = given.Vectors.Select(chunk => chunk.Id).ToList();
        return ordered.Order().SequenceEqual(before.Order()) && ordered.Take(1).SequenceEqual(before.Take(1)) && ordered.Skip(candidates).SequenceEqual(before.Skip(candidates));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mmr_LambdaOne_LeavesTheOrder() => Prop.ForAll(Lists, given =>
        MarginalRelevance.Order(given.Vectors, new MmrSettings(1, 50)).Select(chunk => chunk.Id).SequenceEqual(given.Vectors.Select(chunk => chunk.Id))).QuickCheckThrowOnFailure();

    [Fact]
    public void Mmr_APassageThatSaysTheSame_ComesAfterOneThatSaysSomethingElse()
    {
        FoundChunk[] near = [Chunk(0, "Water the fig once a week in summer.", 0.9), Chunk(1, "Water the fig once a week in the summer.", 0.89), Chunk(2, "A cold draught makes leaves drop.", 0.7), Chunk(3, "Roses want sun.", 0.1)];
        Assert.Equal(["0", "2", "1", "3"], MarginalRelevance.Order(near, new MmrSettings(0.7)).Select(chunk => chunk.Id));
    }

    [Fact]
    public void Coverage_AnyTexts_IsAShareThatGrowsWithTheText() => Prop.ForAll(Lists, given =>
    {
        var texts = given.Vectors.Concat(given.Words).Select(chunk => chunk.Text).ToList();
        var covered = WordCoverage.Of(given.Question, [.. texts, given.Question]);
        return covered.All(share => share is >= 0 and <= 1) && covered.All(share => share <= covered[^1] + 1e-9);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("When is it pruned?", "Pruning is done in spring.", true)]
    [InlineData("GT-118", "Order GT-118 is a tomato.", true)]
    [InlineData("水をやる", "毎朝水をやる。", true)]
    [InlineData("GT-119", "Order GT-118 is a tomato.", false)]
    public void Coverage_OfAnotherForm_IsSeen(string question, string passage, bool isMost) =>
        Assert.Equal(isMost, WordCoverage.Of(question, [passage, "Nothing of the kind.", "Other words."])[0] > 0.5 || (isMost && question.Contains(' ', StringComparison.Ordinal) && WordCoverage.Of(question, [passage, "Nothing of the kind."])[0] > 0.2));

    /// <summary>A word of one character, which passages join to others.</summary>
    [Theory]
    [InlineData("물", "뿌리에 물을 주세요.")]
    [InlineData("水", "毎朝水をやる。")]
    [InlineData("茶", "最好的绿茶生长在高山上。")]
    [InlineData("ຂ", "ຂຽນ")]
    public void Coverage_OfOneCharacter_IsThatOfAWord(string question, string passage) =>
        Assert.Equal([1, 0], WordCoverage.Of(question, [passage, "고사리는 그늘을 좋아합니다."]).Select(share => Math.Round(share, 9)));

    /// <summary>The last character of a longer run is no word of its own: every sentence that ends alike would hold it.</summary>
    [Fact]
    public void Coverage_OfARunsLastCharacter_IsNothing() => Assert.Equal(0, WordCoverage.Of("커피를", ["고사리를", "토마토는"])[0]);

    /// <summary>Passages keep the characters that they were written with; a question has those that are matched.</summary>
    [Theory]
    [InlineData("office", "The o\uFB03ce is closed.")]
    [InlineData("M100", "Order \uFF2D\uFF11\uFF10\uFF10 today.")]
    [InlineData("caf\u00E9", "The cafe\u0301 is open.")]
    [InlineData("watering", "No wa\u00ADtering today.")]
    public void Coverage_OfOtherCharactersForTheSame_IsSeen(string question, string passage) => Assert.Equal(1, WordCoverage.Of(question, [passage, "Nothing."])[0], 9);

    /// <summary>Vowels of Hindi and Tamil are marks: what shares consonants with a word is another word.</summary>
    [Theory]
    [InlineData("पानी", "पौधे को पानी दो", "पत्ते नीले")]
    [InlineData("தேநீர்", "தேநீர் குடி", "நாதர்")]
    [InlineData("می\u200Cخواهم", "آب می\u200Cخواهم", "خواهم می")]
    [InlineData("οδος", "ΟΔΟΣ", "δος")]
    [InlineData("istanbul", "İSTANBUL", "stan")]
    [InlineData("佐々木", "佐々木さん", "佐木")]
    public void Coverage_OfAWord_IsNotThatOfItsLetters(string question, string passage, string other) =>
        Assert.Equal([1, 0], WordCoverage.Of(question, [passage, other]).Select(share => Math.Round(share, 9)));

    /// <summary>However the question spells it.</summary>
    [Theory]
    [InlineData("HEK293", "the HEK-293 cells")]
    [InlineData("HEK-293", "the HEK293 cells")]
    [InlineData("ESP32C6", "an ESP32-C6 board")]
    [InlineData("ESP32-C6", "an ESP32C6 board")]
    [InlineData("5kg", "takes 5 kg")]
    [InlineData("5 kg", "takes 5kg")]
    [InlineData("1000", "about 1,000 litres")]
    [InlineData("1,000", "etwa 1.000 Liter")]
    [InlineData("1402", "سال ۱۴۰۲")]
    public void Coverage_OfACodeOrNumber_IsThatOfAnySpelling(string question, string passage) => Assert.Equal([1, 0], WordCoverage.Of(question, [passage, "Nothing."]).Select(share => Math.Round(share, 9)));

    /// <summary>Who leaves accents out may mean any; who writes them means those, unless the passage has none.</summary>
    [Theory]
    [InlineData("creme", "cr\u00E8me", "other")]
    [InlineData("cr\u00E8me", "creme", "cr\u00E9me")]
    [InlineData("\u0435\u043B\u043A\u0430", "\u0451\u043B\u043A\u0430", "\u0441\u0442\u043E\u043B")]
    [InlineData("pho", "ph\u1EDF", "other")]
    [InlineData("m\u00E1", "m\u00E1", "m\u00E0")]
    public void Coverage_OfAWordWithoutAccents_IsThatOfTheWord(string question, string passage, string other) => Assert.Equal([1, 0], WordCoverage.Of(question, [passage, other]).Select(share => Math.Round(share, 9)));

    /// <summary>Whatever is pasted before the question.</summary>
    [Fact]
    public void Coverage_OfALongQuestion_CountsItsEnd() =>
        Assert.True(WordCoverage.Of(string.Join(' ', Enumerable.Range(0, 200).Select(i => $"w{i}")) + " zebrafish?", ["The zebrafish.", "Nothing."]) is [> 0, 0]);

    [Fact]
    public void Merge_AnyLists_HoldsEachOnceByTheMeanOfBoth() => Prop.ForAll(Lists, Lists, (alone, together) =>
    {
        var merged = FollowUpRanking.Merge(alone.Vectors, together.Vectors);
        var ids = alone.Vectors.Concat(together.Vectors).Select(chunk => chunk.Id).ToHashSet();
        var both = alone.Vectors.FirstOrDefault(chunk => together.Vectors.Any(other => other.Id == chunk.Id));
        var mean = both is null ? 0 : (both.Similarity + together.Vectors.First(other => other.Id == both.Id).Similarity) / 2;
        return merged.Count == ids.Count && merged.Select(chunk => chunk.Id).ToHashSet().SetEquals(ids)
            && (both is null || Math.Abs(merged.First(chunk => chunk.Id == both.Id).Similarity!.Value - mean!.Value) < 1e-9)
            && merged.Zip(merged.Skip(1), (better, worse) => better.Score >= worse.Score).All(holds => holds);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0.54, 0.82, true)]
    [InlineData(0.81, 0.76, false)]
    [InlineData(0.77, 0.80, false)]
    public void Leans_WhereTheTurnBeforeBringsItNearer(double alone, double together, bool expected) =>
        Assert.Equal(expected, FollowUpRanking.LeansOnEarlier([Chunk(0, "a", alone)], [Chunk(0, "a", together)]));

    [Theory]
    [InlineData("What is the capital of Mongolia?", "Compost is dark.", 0.48, 0.5, true)]
    [InlineData("What is the capital of Mongolia?", "Compost is dark.", 0.52, 0.5, false)]
    [InlineData("What is the capital of Mongolia?", "Compost is dark.", 0.1, null, false)]
    [InlineData("What is the capital of Mongolia?", "Compost is dark.", 0.1, 0.0, false)]
    [InlineData("E-1042", "E-1042 is refused.", 0.1, 0.5, false)]
    public void Floor_NothingNear_IsBelowUnlessItIsNamed(string question, string passage, double similarity, double? floor, bool expected) =>
        Assert.Equal(expected, RelevanceFloor.IsBelow(question, [Chunk(0, passage, similarity), Chunk(1, "Another text.", similarity - 0.05)], similarity, floor));

    [Theory]
    [InlineData("arctic-embed-xs", true)]
    [InlineData("Snowflake/snowflake-arctic-embed-xs", true)]
    [InlineData("sentence-transformers/all-MiniLM-L6-v2", true)]
    [InlineData("text-embedding-3-small", false)]
    [InlineData(null, false)]
    public void Floor_OfAnEncoder_IsKnownWhereItWasMeasured(string? model, bool known) => Assert.Equal(known, RelevanceFloor.For(model) is not null);

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "0")]
    [InlineData(2, "0,1")]
    [InlineData(3, "0,2,1")]
    [InlineData(6, "0,2,4,5,3,1")]
    public void Order_OfPassages_PutsTheBestAtBothEnds(int count, string expected) => Assert.Equal(expected, string.Join(',', PassagePacker.FromBothEnds(count)));

    private static FoundChunk Chunk(int id, string text, double similarity) =>
        new(id.ToString(System.Globalization.CultureInfo.InvariantCulture), "a.md", null, 0, text.Length, null, text, similarity) { Similarity = similarity };
}
