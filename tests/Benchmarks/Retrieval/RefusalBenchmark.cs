using System.Net;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Retrieval;

/// <summary>
/// Which questions a rag route refuses, over the whole local stack: of the samples, and of a collection on which no floor was chosen (Household/). Each collection is asked its own questions and those of the others, which it
/// cannot answer.
/// </summary>
internal static class RefusalBenchmark
{
    private const string Refusal = "REFUSED";
    private const string Household = "household";

    public static async Task RunAsync()
    {
        await using var stack = new LocalStack();
        await stack.StartAsync();
        var folder = Path.Combine(LocalStack.RepositoryRoot, "tests", "Benchmarks", "Retrieval", "Household");
        await SendAsync(stack, HttpMethod.Put, $"/collections/{Household}", new { embeddings_route = "all-minilm-l6-v2" });
        var files = Directory.GetFiles(Path.Combine(folder, "documents"));
        foreach (var file in files) await stack.Documents().GetBlobClient($"{Household}/{Path.GetFileName(file)}").UploadAsync(file, overwrite: true);
        foreach (var file in files) await stack.WaitForDocumentAsync(Household, Path.GetFileName(file), "ready");
        IReadOnlyList<LabelledQuestion> questions = [.. LabelledQuestion.ReadAll(), .. LabelledQuestion.Read(Path.Combine(folder, "questions.jsonl"), Household)];
        Console.WriteLine("| collection | answerable, refused | unanswerable, refused | of other collections, refused |\n|---|---|---|---|");
        foreach (var collection in questions.Select(question => question.Sample).Distinct().ToList())
        {
            await CreateRouteAsync(stack, collection);
            var asked = new List<(string Kind, bool Refused)>();
            foreach (var question in questions)
            {
                var kind = question.Sample != collection ? "other" : question.Document is null ? "unanswerable" : "answerable";
                var answer = await stack.AskAsync($"refusals-{collection}", question.Question);
                asked.Add((kind, answer.GetProperty("answer").GetString() == Refusal));
            }

            string Refused(string kind) => $"{asked.Count(item => item.Kind == kind && item.Refused)} of {asked.Count(item => item.Kind == kind)}";
            Console.WriteLine($"| {collection} | {Refused("answerable")} | {Refused("unanswerable")} | {Refused("other")} |");
        }
    }

    private static Task CreateRouteAsync(LocalStack stack, string collection) => SendAsync(stack, HttpMethod.Post, "/api/2.0/gateway/routes", new
    {
        name = $"refusals-{collection}",
        route_type = "rag/v1/answers",
        rag = new { embeddings_route = "all-minilm-l6-v2", completions_route = "demo-llama", collection, refusal = Refusal, rerank = new { route = "all-minilm-l6-v2-maxsim" }, top_k = 4, max_context_tokens = 700, max_tokens = 1 },
    });

    private static async Task SendAsync(LocalStack stack, HttpMethod method, string path, object body)
    {
        var (status, answer) = await stack.Http.SendAsync(method, path, body);
        if (status is not (HttpStatusCode.OK or HttpStatusCode.Created)) throw new InvalidOperationException(answer.ToString());
    }
}
