using System.Numerics.Tensors;
using System.Text.Json;
using Serverless.EndToEnd.Tests;
using Serverless.Functions.Retrieval.Ranking;
using Serverless.GpuWorker.Embedding;

namespace Serverless.Benchmarks.Retrieval;

/// <summary>How well questions that follow others find their passages (samples/gardening/follow-ups.jsonl): alone, with the turn before them as one text, and as the app ranks.</summary>
internal static class FollowUps
{
    private const string Sample = "gardening";

    public static async Task PrintAsync(BenchmarkedEncoder encoder, IReadOnlyList<Passage> passages, IReadOnlyList<EmbeddingVector> vectors)
    {
        var scores = new Dictionary<string, List<RankingScore>>();
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(LocalStack.RepositoryRoot, "samples", Sample, "follow-ups.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            string Text(string name) => json.RootElement.GetProperty(name).GetString()!;
            var before = json.RootElement.GetProperty("history").EnumerateArray().Last().GetString();
            var relevant = passages.Where(p => p.Sample == Sample && p.Document == Text("document") && p.Text.Contains(Text("expect"), StringComparison.Ordinal)).Select(p => p.Id).ToHashSet();
            var (alone, together) = (await RankAsync(Text("question")), await RankAsync($"{before}\n{Text("question")}"));
            Add("alone", alone);
            Add("as one text", together);
            var both = FollowUpRanking.Merge(alone, together);
            Add("mean of both (combine)", both);
            if (encoder.Reranks)
            {
                var asked = FollowUpRanking.LeansOnEarlier(alone, together) ? $"{before}\n{Text("question")}" : Text("question");
                Add("combine, reranked as one text", await encoder.RerankAsync(asked, both, RetrievalBenchmark.Candidates));
                Add("combine, reranked where it stands alone", StandaloneQuestion.Is(Text("question")) ? await encoder.RerankAsync(Text("question"), both, RetrievalBenchmark.Candidates) : both);
            }

            void Add(string name, IReadOnlyList<Functions.Retrieval.Index.FoundChunk> ranking)
            {
                if (!scores.TryGetValue(name, out var list)) scores[name] = list = [];
                list.Add(RankingScore.Of([.. ranking.Select(chunk => chunk.Id)], relevant));
            }
        }

        foreach (var (name, list) in scores)
        {
            var mean = RankingScore.Mean(list);
            Console.WriteLine($"| {encoder.Name} | follow-up, {name} | {list.Count} pairs | {mean.Recall:F3} | {mean.Gain:F3} | {mean.ReciprocalRank:F3} |");
        }

        async Task<IReadOnlyList<Functions.Retrieval.Index.FoundChunk>> RankAsync(string text)
        {
            var query = await encoder.QueryAsync(text);
            return [.. passages.Select((p, i) => (p, Similarity: TensorPrimitives.Dot<float>(query, vectors[i].Values))).Where(item => item.p.Sample == Sample)
                .OrderByDescending(item => item.Similarity).Take(50).Select(item => RetrievalBenchmark.Found(item.p, item.Similarity))];
        }
    }
}
