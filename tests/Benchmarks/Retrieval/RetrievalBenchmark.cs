using System.Diagnostics;
using System.Numerics.Tensors;
using Serverless.EndToEnd.Tests;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Ranking;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.Benchmarks.Retrieval;

/// <summary>
/// How well questions find their passages, by words, by vectors and by both, for each encoder; and how fast the encoders are. A stack is started, whose pipeline cuts the samples'
/// documents and whose search service ranks by words; the vectors are made by the worker's code in this process and compared exactly.
/// </summary>
internal static class RetrievalBenchmark
{
    /// <summary>Passages that a reranker ranks: the default of rag.rerank.</summary>
    internal const int Candidates = 20;

    private const int FusionConstant = 60, Neighbours = 50;
    private static readonly double[] RerankFloors = [0.25, 0.275, 0.3, 0.31, 0.32, 0.34, 0.36, 0.4, 0.5, 0.52, 0.54];
    private static readonly double[] Floors = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.525, 0.55, 0.6];

    public static async Task RunAsync()
    {
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, {Environment.OSVersion}, .NET {Environment.Version}.");
        await using var stack = new LocalStack();
        await stack.StartAsync();
        using var index = new SearchIndexClient(stack, "chunks-all-minilm-l6-v2");
        var passages = await index.AllAsync();
        var questions = LabelledQuestion.ReadAll();
        var lexical = new Dictionary<LabelledQuestion, IReadOnlyList<string>>();
        foreach (var question in questions) lexical[question] = await index.RankAsync(question.Sample, question.Question);
        var instructor = Path.Combine(stack.Data, "models", "demo-instructor");
        Console.WriteLine($"{passages.Count} passages, {questions.Count} questions: {string.Join(", ", questions.GroupBy(q => q.Kind).Select(kind => $"{kind.Count()} {kind.Key}"))}.\n");
        Console.WriteLine("| encoder | ranking | kind | recall@5 | nDCG@10 | MRR@10 |\n|---|---|---|---|---|---|");
        Print("none", "words (BM25)", questions, question => lexical[question], passages);

        BenchmarkedEncoder[] encoders = [BenchmarkedEncoder.Instructor(instructor), BenchmarkedEncoder.Bert("arctic-xs"), BenchmarkedEncoder.Bert("minilm"), BenchmarkedEncoder.Bert("arctic-xs", WeightFormat.Int8), BenchmarkedEncoder.Bert("minilm", WeightFormat.Int8)];
        foreach (var encoder in encoders) await RankAsync(encoder, passages, questions, lexical);
        // What is measured next is to have the machine for itself.
        await stack.StopAsync();
        await EncoderThroughput.RunAsync(encoders, [.. passages.Select(passage => passage.Embedded)]);
        foreach (var encoder in encoders) encoder.Dispose();
    }

    private static async Task RankAsync(
        BenchmarkedEncoder encoder, IReadOnlyList<Passage> passages, IReadOnlyList<LabelledQuestion> questions, Dictionary<LabelledQuestion, IReadOnlyList<string>> lexical)
    {
        var vectors = await encoder.DocumentsAsync(passages.Select(passage => passage.Embedded));
        var nearest = new Dictionary<LabelledQuestion, IReadOnlyList<string>>();
        var best = new Dictionary<LabelledQuestion, double>();
        var found = new Dictionary<LabelledQuestion, IReadOnlyList<FoundChunk>>();
        foreach (var question in questions)
        {
            var query = await encoder.QueryAsync(question.Question);
            var ranked = passages.Select((passage, i) => (passage, Similarity: TensorPrimitives.Dot<float>(query, vectors[i].Values)))
                .Where(item => item.passage.Sample == question.Sample).OrderByDescending(item => item.Similarity).Take(Neighbours).ToArray();
            found[question] = [.. ranked.Select(item => Found(item.passage, item.Similarity))];
            nearest[question] = [.. ranked.Select(item => item.passage.Id)];
            best[question] = ranked[0].Similarity;
        }

        Print(encoder.Name, "vectors", questions, question => nearest[question], passages);
        Print(encoder.Name, "both, by ranks (RRF)", questions, question => Fuse(lexical[question], nearest[question]), passages);
        Print(encoder.Name, "both, by scores (hybrid)", questions, question => Hybrid(question.Question, lexical[question], found[question], passages), passages);
        var (reranked, relevance, milliseconds) = (new Dictionary<LabelledQuestion, IReadOnlyList<string>>(), new Dictionary<LabelledQuestion, double>(), new List<double>());
        if (encoder.Reranks)
        {
            foreach (var question in questions)
            {
                var hybrid = Fused(question.Question, lexical[question], found[question], passages);
                var started = Stopwatch.GetTimestamp();
                var ranked = await encoder.RerankAsync(question.Question, hybrid, Candidates);
                milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                reranked[question] = [.. ranked.Select(chunk => chunk.Id)];
                relevance[question] = ranked[0].Score;
            }

            Print(encoder.Name, $"hybrid, {Candidates} reranked by late interaction", questions, question => reranked[question], passages);
            Console.WriteLine($"| {encoder.Name} | reranking of {Candidates} passages | p50 {Median([.. milliseconds]):F0} ms | most {milliseconds.Max():F0} ms |");
        }

        await FollowUps.PrintAsync(encoder, passages, vectors);
        var (answerable, not) = (questions.Where(question => question.Document is not null).ToList(), questions.Where(question => question.Document is null).ToList());
        foreach (var floor in Floors)
        {
            bool Refused(LabelledQuestion question) => RelevanceFloor.IsBelow(question.Question, found[question], found[question].Max(chunk => chunk.Similarity), floor);
            var (wrong, right) = (answerable.Count(Refused), not.Count(Refused));
            var precision = right + wrong == 0 ? "" : $"{(double)right / (right + wrong):F2}";
            Console.WriteLine($"| {encoder.Name} | floor {floor:F2} | answerable refused {wrong} of {answerable.Count} | unanswerable refused {right} of {not.Count} | precision {precision} | recall {(double)right / not.Count:F2} |");
        }

        foreach (var floor in encoder.Reranks ? RerankFloors : [])
        {
            var (wrong, right) = (answerable.Count(question => relevance[question] < floor), not.Count(question => relevance[question] < floor));
            var precision = right + wrong == 0 ? "" : $"{(double)right / (right + wrong):F2}";
            Console.WriteLine($"| {encoder.Name}, reranked | floor {floor:F3} | answerable refused {wrong} of {answerable.Count} | unanswerable refused {right} of {not.Count} | precision {precision} | recall {(double)right / not.Count:F2} |");
        }

        foreach (var kind in questions.GroupBy(question => question.Kind))
            Console.WriteLine($"| {encoder.Name} | similarity of the first | {kind.Key} | median {Median([.. kind.Select(q => best[q])]):F2} | least {kind.Min(q => best[q]):F2} | most {kind.Max(q => best[q]):F2} |");
    }

    internal static FoundChunk Found(Passage passage, double? similarity) => new(passage.Id, passage.Document, passage.Heading, 0, 0, null, passage.Text, similarity ?? 0) { Similarity = similarity };

    /// <summary>As the app ranks.</summary>
    private static IReadOnlyList<string> Hybrid(string question, IReadOnlyList<string> byWords, IReadOnlyList<FoundChunk> byVector, IReadOnlyList<Passage> passages) =>
        [.. Fused(question, byWords, byVector, passages).Select(chunk => chunk.Id)];

    private static IReadOnlyList<FoundChunk> Fused(string question, IReadOnlyList<string> byWords, IReadOnlyList<FoundChunk> byVector, IReadOnlyList<Passage> passages)
    {
        var words = byWords.Select(id => Found(passages.First(passage => passage.Id == id), null)).ToList();
        return HybridRanking.Fuse(question, byVector, words);
    }

    /// <summary>Reciprocal rank fusion as Azure AI Search documents it.</summary>
    private static IReadOnlyList<string> Fuse(params IReadOnlyList<string>[] rankings) =>
        [.. rankings.SelectMany(ranking => ranking.Select((id, rank) => (id, Score: 1.0 / (FusionConstant + rank + 1)))).GroupBy(item => item.id).OrderByDescending(item => item.Sum(part => part.Score)).Select(item => item.Key)];

    private static void Print(
        string encoder, string ranking, IReadOnlyList<LabelledQuestion> questions, Func<LabelledQuestion, IReadOnlyList<string>> rank, IReadOnlyList<Passage> passages)
    {
        foreach (var kind in questions.Where(question => question.Document is not null).GroupBy(question => question.Kind))
        {
            var scores = new List<RankingScore>();
            foreach (var question in kind)
            {
                var relevant = passages.Where(question.IsAnsweredBy).Select(passage => passage.Id).ToHashSet();
                if (relevant.Count == 0) throw new InvalidDataException($"No passage answers '{question.Question}'.");
                scores.Add(RankingScore.Of(rank(question), relevant));
                if (scores[^1].Recall == 0) Console.Error.WriteLine($"missed by {encoder}, {ranking}: {question.Question}");
            }

            var mean = RankingScore.Mean(scores);
            Console.WriteLine($"| {encoder} | {ranking} | {kind.Key} | {mean.Recall:F3} | {mean.Gain:F3} | {mean.ReciprocalRank:F3} |");
        }
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
