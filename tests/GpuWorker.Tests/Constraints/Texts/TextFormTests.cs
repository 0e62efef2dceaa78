using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Answers;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Constraints.Texts;

public sealed class TextFormTests
{
    private static readonly SentencePieceTokenizer Tokenizer = DemoLlama.Tokenizer();
    private static readonly ConstraintCompiler Compiler = new(TokenTrie.Of(Tokenizer), [Tokenizer.EosId]);

    [Theory]
    [InlineData("a{2}")]
    [InlineData("a|bc")]
    [InlineData("^a|b$")]
    [InlineData("(a|b)*c")]
    [InlineData("[^a]+")]
    [InlineData("a?b?c?")]
    [InlineData(".*b")]
    [InlineData("")]
    [InlineData("$")]
    [InlineData("a$")]
    [InlineData("(?=.*c)[a-c]{2,3}")]
    [InlineData("(?!a).b?")]
    [InlineData("^(?!aa)[ab]+")]
    public void Next_Pattern_IsMatchedAsAWhole(string pattern)
    {
        var start = AutomatonWalk.Start(ReadForm.Read(AnswerFormKind.Pattern, pattern));
        var whole = new Regex($"^(?:{pattern})$(?!\n)", RegexOptions.None);
        foreach (string text in Enumerable.Range(0, 5).SelectMany(Texts))
            Assert.True(whole.IsMatch(text) == AutomatonWalk.Accepts(start, text), $"'{text}'");
    }

    [Fact]
    public void Next_PatternOfTextThatJsonEscapes_IsWrittenAsItself()
    {
        var start = AutomatonWalk.Start(ReadForm.Read(AnswerFormKind.Pattern, "\"\\\\\\n[\\x00-\\x1f]é🌱"));
        Assert.True(AutomatonWalk.Accepts(start, "\"\\\n\u0001é🌱"));
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""[""]""")]
    [InlineData("""["a",null]""")]
    public void Read_ChoicesOfNothing_AreRefused(string choices) => Assert.Throws<SchemaException>(() => ReadForm.Read(AnswerFormKind.Choice, choices));

    /// <summary>
    /// Whatever the model would say, what is told is one of the texts: with the space that the tokenizer puts before a text, with it as a byte, with whitespace that the caller has already, and with none.
    /// </summary>
    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(true, " ")]
    [InlineData(true, "\n  ")]
    public void Sample_Choice_TheTextToldIsOneOfThem(bool continues, string told)
    {
        string[] choices = ["yes", "yes, of course", " no", "  two spaces", "🍅", "\n"];
        var form = new AnswerForm(AnswerFormKind.Choice, JsonSerializer.Serialize(choices)) { DropsFirstSpace = !continues, Told = told };
        var met = new HashSet<string>();
        for (int seed = 0; seed < 400; seed++)
        {
            string text = TextOf(Generate(form, new Random(seed)), continues, told);
            Assert.Contains(text, choices);
            met.Add(text);
        }
        Assert.True(met.Count > 3, string.Join('|', met));
    }

    private static int[] Generate(AnswerForm form, Random random)
    {
        var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 100, Sampling = new SamplingParameters { Form = form, Temperature = 0 }, ClientId = "client" };
        var sequence = new Sequence(1, request, BlockHash.Root([1], "a")) { Form = ReadForm.Read(form) };
        var sampler = new Sampler(Tokenizer.VocabularySize, [Tokenizer.EosId], Compiler);
        while (sequence.Generated == 0 || sequence.GeneratedTokens[^1] != Tokenizer.EosId)
        {
            // Spaces, of which there are few, are as likely as all others together.
            float[] logits = [.. Enumerable.Range(0, Tokenizer.VocabularySize).Select(id => (float)random.NextDouble() + (Tokenizer.BytesOf(id) is [(byte)' ', ..] ? random.Next(2) : 0))];
            sequence.Append(sampler.Sample(logits, sequence)!.Value.Id);
        }
        return [.. sequence.GeneratedTokens];
    }

    private static string TextOf(int[] ids, bool continues, string told)
    {
        var text = new StringBuilder();
        var plan = new SequencePlan(0, new GenerationRequest { PromptTokens = [1], MaxTokens = 100, Sampling = new SamplingParameters(), ClientId = "client" }, [], continues, Told: told);
        var sequence = new SequenceText(plan, Tokenizer, piece => text.Append(piece.Text));
        for (int i = 0; i < ids.Length; i++)
            sequence.Append(new GeneratedToken(ids[i], i == ids.Length - 1 ? FinishReason.Stop : null));

        return text.ToString();
    }

    private static IEnumerable<string> Texts(int length) => length == 0 ? [""] : Texts(length - 1).SelectMany(text => "abc\n".Select(letter => text + letter));
}
