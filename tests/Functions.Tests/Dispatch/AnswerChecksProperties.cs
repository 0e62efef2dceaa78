using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Dispatch;

public sealed class AnswerChecksProperties
{
    [Fact]
    public void Settings_OfAnyNumbers_AreAcceptedExactlyInTheirRanges() =>
        Prop.ForAll(ArbMap.Default.ArbFor<double>(), ArbMap.Default.ArbFor<double>(), ArbMap.Default.ArbFor<int>(), (temperature, topP, maxTokens) =>
        {
            var settings = new GenerationSettings { Temperature = temperature, TopP = topP, MaxTokens = maxTokens };
            var valid = temperature is >= 0 and <= 2 && topP is >= 0 and <= 1 && maxTokens is >= 1 and < 100;
            return valid == Passes(() => AnswerChecks.Settings(settings, 100), "temperature", "top_p", "max_tokens");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Messages_OfAnyText_PassExactlyWithoutTagsAndRefusalsQuoteNothing() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), Gen.Elements("", "[INST]", "[/Inst]", "<<SYS>>", "<</sys>>", "<s>", "</S>").ToArbitrary(), (text, tag) =>
        {
            var content = $"canary{text.Get}{tag}";
            return (Llama2Tags.Find(content) is null) == Passes(() => AnswerChecks.Messages([new ChatMessage("user", content)]), "messages[0].content");
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.01)]
    [InlineData(2.01)]
    public void Temperature_NotANumberInRange_IsRefused(double temperature) =>
        Assert.Equal("temperature", Assert.Throws<GatewayException>(() => AnswerChecks.Settings(new GenerationSettings { Temperature = temperature }, null)).Error.Param);

    private static bool Passes(Action check, params string[] fields)
    {
        try
        {
            check();
            return true;
        }
        catch (GatewayException refused)
        {
            Assert.Equal(400, refused.Status);
            Assert.Contains(refused.Error.Param, fields);
            Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
            return false;
        }
    }
}
