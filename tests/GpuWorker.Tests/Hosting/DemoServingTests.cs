using System.Net.Http.Json;
using System.Text.Json;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Tests.Constraints;

namespace Serverless.GpuWorker.Tests.Hosting;

/// <summary>What users of the demo checkpoints get.</summary>
public sealed class DemoServingTests(DemoWorker worker) : IClassFixture<DemoWorker>
{
    [Fact]
    public async Task Chat_PlainStreamedAndConcurrent_AnswersTheSame()
    {
        var plain = await worker.PostAsync("/v1/chat/completions", new { messages = DemoWorker.Messages, max_tokens = 64 });
        var answer = plain.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        Assert.Equal("stop", plain.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        // It quotes one of the context's sentences; which one is the demo model's own tests' business.
        Assert.Contains(answer.Trim(), DemoWorker.Context, StringComparison.Ordinal);
        Assert.NotEqual("", answer.Trim());

        using var streamed = await worker.Client.PostAsJsonAsync("/v1/chat/completions", new { messages = DemoWorker.Messages, max_tokens = 64, stream = true });
        var text = await streamed.Content.ReadAsStringAsync();
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var pieces = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^1]
            .Select(e => JsonSerializer.Deserialize<JsonElement>(e["data: ".Length..]).GetProperty("choices")[0].GetProperty("delta"))
            .Select(d => d.TryGetProperty("content", out var content) ? content.GetString() : "");
        Assert.Equal(answer, string.Concat(pieces));

        var several = await worker.PostAsync("/v1/chat/completions", new { messages = DemoWorker.Messages, max_tokens = 64, n = 3 });
        Assert.All(several.GetProperty("choices").EnumerateArray(), c => Assert.Equal(answer, c.GetProperty("message").GetProperty("content").GetString()));
    }

    /// <summary>The answer as a continuation of its prompt is as likely as it was, token by token, and each of its tokens the likeliest; another sentence is not.</summary>
    [Fact]
    public async Task Completion_EchoOfAnAnswer_IsAsLikelyAsItWas()
    {
        var prompt = $"[INST] Context:\n{DemoWorker.Context}\n\nQuestion: What do tomatoes need when they grow tall? [/INST]";
        var answered = (await worker.PostAsync("/v1/completions", new { prompt, max_tokens = 64, temperature = 0, logprobs = 1, return_token_ids = true })).GetProperty("choices")[0];
        int[] context = await TokensAsync(prompt), answer = answered.GetProperty("token_ids").Deserialize<int[]>()!;
        int[] other = (await TokensAsync(" Roses like sun in the morning."))[1..];
        var told = await worker.PostAsync("/v1/completions", new { prompt = new int[][] { [.. context, .. answer], [.. context, .. other] }, max_tokens = 1, temperature = 0, logprobs = 1, echo = true, seed = 1234 });

        double?[] likelihoods = Of(0, "token_logprobs").Deserialize<double?[]>()!, ofOther = Of(1, "token_logprobs").Deserialize<double?[]>()!;
        Assert.Equal(context.Length + answer.Length + 1, likelihoods.Length);
        Assert.Null(likelihoods[0]);
        Assert.Equal(answered.GetProperty("logprobs").GetProperty("token_logprobs").Deserialize<double?[]>(), likelihoods[context.Length..^1]);
        Assert.True(IsGreedy(0, likelihoods));
        Assert.False(IsGreedy(1, ofOther));
        Assert.True(likelihoods[context.Length..^1].Sum() > ofOther[context.Length..^1].Sum());

        JsonElement Of(int choice, string list) => told.GetProperty("choices")[choice].GetProperty("logprobs").GetProperty(list);
        bool IsGreedy(int choice, double?[] chosen) =>
            chosen[context.Length..^1].Zip(Of(choice, "top_logprobs").Deserialize<Dictionary<string, double>?[]>()![context.Length..^1]).All(pair => pair.First == pair.Second!.Values.Max());

        async Task<int[]> TokensAsync(string text) => (await worker.PostAsync("/tokenize", new { model = DemoLlama.ModelName, prompt = text })).GetProperty("tokens")[0].Deserialize<int[]>()!;
    }

    [Fact]
    public async Task Chat_JsonSchema_AnswersWithADocumentOfIt()
    {
        const string Schema =
            """{"type":"object","properties":{"plant":{"type":"string","maxLength":20},"needs":{"type":"array","items":{"enum":["sun","water","support"]},"minItems":1,"maxItems":3},"sure":{"type":"boolean"}},"required":["plant","needs","sure"],"additionalProperties":false}""";
        var format = new { type = "json_schema", json_schema = new { name = "plant", schema = JsonElement.Parse(Schema), strict = true } };
        foreach (var temperature in new[] { 0, 1.5 })
        {
            var answer = await worker.PostAsync("/v1/chat/completions", new { messages = DemoWorker.Messages, max_tokens = 150, response_format = format, temperature, seed = 5, n = 2 });
            foreach (var choice in answer.GetProperty("choices").EnumerateArray())
            {
                Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
                using var document = JsonDocument.Parse(choice.GetProperty("message").GetProperty("content").GetString()!);
                Assert.True(new NaiveSchema(JsonElement.Parse(Schema)).IsValid(document.RootElement));
            }
        }

        var cut = await worker.PostAsync("/v1/chat/completions", new { messages = DemoWorker.Messages, max_tokens = 3, response_format = format });
        Assert.Equal("length", cut.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("structured_outputs", """{"regex":"[A-Z][a-z]+( [a-z]+){1,3}[.!]"}""", "^[A-Z][a-z]+( [a-z]+){1,3}[.!]$")]
    [InlineData("guided_choice", """["roses","water the roses","no"]""", "^(roses|water the roses|no)$")]
    [InlineData("grammar", "\"root ::= item{1,3}\\nitem ::= \\\"- \\\" [a-z]{2,9} \\\";\\\"\"", "^(- [a-z]{2,9};){1,3}$")]
    [InlineData("grammar", """{"type":"regex","value":"[0-9]{3}"}""", "^[0-9]{3}$")]
    [InlineData("regex", "\"(🍅|é){2}\"", "^(🍅|é){2}$")]
    [InlineData("json_schema", """{"type":"integer","minimum":10,"maximum":99}""", "^\\s*[1-9][0-9]$")]
    public async Task Chat_Form_AnswersWithATextOfIt(string field, string value, string expected)
    {
        foreach (var temperature in new[] { 0, 1.5, 2 })
        {
            var request = new Dictionary<string, object> { ["messages"] = DemoWorker.Messages, ["max_tokens"] = 120, [field] = JsonElement.Parse(value), ["temperature"] = temperature, ["seed"] = 5, ["n"] = 3 };
            var answer = await worker.PostAsync("/v1/chat/completions", request);
            foreach (var choice in answer.GetProperty("choices").EnumerateArray())
            {
                Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
                Assert.Matches(expected, choice.GetProperty("message").GetProperty("content").GetString());
            }
        }
    }

    [Fact]
    public async Task Chat_Logprobs_AreThoseOfAnAnswerThatIsSure()
    {
        var answer = await worker.PostAsync("/v1/chat/completions", new { messages = DemoWorker.Messages, max_tokens = 8, logprobs = true, top_logprobs = 3, temperature = 0, return_token_ids = true });
        var tokens = answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray().ToArray();
        Assert.Equal(answer.GetProperty("choices")[0].GetProperty("token_ids").GetArrayLength(), tokens.Length);
        Assert.All(tokens, token =>
        {
            Assert.InRange(token.GetProperty("logprob").GetDouble(), -5, 0);
            Assert.Equal(token.GetProperty("token").GetString(), token.GetProperty("top_logprobs")[0].GetProperty("token").GetString());
        });
    }

    [Fact]
    public async Task Embeddings_RelatedTexts_AreNearer()
    {
        var answer = await worker.PostAsync("/v1/embeddings", new
        {
            input = new[] { "The fig drops its leaves", "Why does my fig drop leaves?", "Concrete sets in four weeks" },
            instruction = "Represent the sentence: ",
        });
        var vectors = answer.GetProperty("data").EnumerateArray().Select(d => JsonSerializer.Deserialize<float[]>(d.GetProperty("embedding"))!).ToArray();
        Assert.All(vectors, v => Assert.Equal(1, Math.Sqrt(v.Sum(x => x * x)), 4));
        Assert.True(Dot(vectors[0], vectors[1]) > Dot(vectors[0], vectors[2]));
    }

    [Fact]
    public async Task Tokenize_RoundTrip_GivesTheText()
    {
        const string Text = "Why is my fig – the big one 🌱 – sad?";
        var tokens = (await worker.PostAsync("/tokenize", new { prompt = Text })).GetProperty("tokens")[0];
        Assert.Equal(Text, (await worker.PostAsync("/detokenize", new { tokens })).GetProperty("prompt").GetString());
    }

    [Fact]
    public void Demo_SecondRun_WritesNothing()
    {
        var weights = Path.Combine(worker.Folder, DemoInstructor.ModelName, "model.safetensors");
        var written = File.GetLastWriteTimeUtc(weights);
        var settings = new Dictionary<string, string?> { [CommandOptions.DemoOutput] = worker.Folder };
        Assert.Equal(0, DemoCommand.Run(settings));
        Assert.Equal(written, File.GetLastWriteTimeUtc(weights));
    }

    private static float Dot(float[] a, float[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
