using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Providers;

public sealed class ProviderTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("The quick brown fox jumps over the lazy dog.")]
    [InlineData("2023-07-18 1,234,567")]
    [InlineData("日本語のテキスト")]
    [InlineData("        ")]
    public void TokenEstimate_OfText_IsBetweenAQuarterOfItsCharactersAndItsBytes(string text)
    {
        var estimate = TokenEstimate.Of(text);
        Assert.InRange(estimate, text.Trim().Length / 4, Encoding.UTF8.GetByteCount(text));
    }

    [Fact]
    public void TokenEstimate_OfAnyText_GrowsWithIt() =>
        Prop.ForAll<string, string>((a, b) => a is null || b is null || TokenEstimate.Of(a + b) >= Math.Max(TokenEstimate.Of(a), 0)).QuickCheckThrowOnFailure();

    [Fact]
    public async Task BoundedLineStream_LinesOfAnyLengthInAnyParts_FailsExactlyBeyondItsBound()
    {
        const int Bound = 50;
        var random = new System.Random(7);
        for (var round = 0; round < 300; round++)
        {
            var lines = Enumerable.Range(0, random.Next(1, 6)).Select(_ => new string('x', random.Next(0, 80))).ToList();
            var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
            var part = random.Next(1, 20);
            using var stream = new BoundedLineStream(new MemoryStream(bytes), Bound);
            var buffer = new byte[part];
            var failed = false;
            try
            {
                while (await stream.ReadAsync(buffer) > 0)
                {
                }
            }
            catch (UpstreamException exception)
            {
                failed = true;
                Assert.Equal(UpstreamFailure.InvalidResponse, exception.Failure);
            }

            // The tail of a line that ends within a part is not counted, so up to one part more may pass.
            var longest = lines.Max(l => l.Length);
            if (longest > Bound + part) Assert.True(failed);
            if (longest <= Bound) Assert.False(failed);
        }
    }

    [Fact]
    public void UnitVectors_OfAnyFiniteVectors_HaveNormOne() =>
        Prop.ForAll(Gen.Choose(-1000, 1000).NonEmptyListOf().ToArbitrary(), values =>
        {
            var vector = values.Select(v => (float)v).ToArray();
            if (vector.All(v => v == 0))
            {
                Assert.Throws<UpstreamException>(() => UnitVectors.Check([vector]));
                return true;
            }

            return Math.Abs(UnitVectors.Check([vector])[0].ToArray().Sum(v => (double)v * v) - 1) < 1e-3;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Llama2Prompt_OfOneTurn_EqualsTheSingleForm()
    {
        var chat = Llama2Prompt.FromMessages([new ChatMessage("system", "S"), new ChatMessage("user", "U")]);
        Assert.Equal(Llama2Prompt.Single("S", "U"), chat);
    }

    [Fact]
    public void ReadError_OfProse_KeepsOnlyPlainWords()
    {
        static (string?, string?) Read(string json) => UpstreamHttp.ReadError(Encoding.UTF8.GetBytes(json));
        Assert.Equal(("context_length_exceeded", "messages[0].content"), Read("""{"error":{"code":"context_length_exceeded","param":"messages[0].content","message":"no"}}"""));
        Assert.Equal((null, null), Read("""{"error":{"code":"sk-1234","param":"What is this?"}}"""));
        Assert.Equal((null, null), Read("""{"error":"text"}"""));
        Assert.Equal((null, null), Read("[]"));
        Assert.Equal((null, null), Read("oops"));
    }
}
