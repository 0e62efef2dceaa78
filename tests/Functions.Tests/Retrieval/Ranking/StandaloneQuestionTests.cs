using Serverless.Functions.Retrieval.Ranking;

namespace Functions.Tests.Retrieval.Ranking;

public sealed class StandaloneQuestionTests
{
    [Theory]
    [InlineData("What is the capital of Mongolia?")]
    [InlineData("How do I get rid of fungus gnats?")]
    [InlineData("When is compost ready?")]
    [InlineData("Does spraying calcium help?")]
    [InlineData("What's the capital of Mongolia?")]
    [InlineData("Is a fern\u2019s soil damp?")]
    public void Question_WithASubjectOfItsOwn_StandsAlone(string question) => Assert.True(StandaloneQuestion.Is(question));

    [Theory]
    [InlineData("And how do I prevent it?")]
    [InlineData("How often should I water it?")]
    [InlineData("Why are they yellow?")]
    [InlineData("What about monsteras?")]
    [InlineData("And Mongolia's capital?")]
    [InlineData("How long until it's ready to harvest?")]
    [InlineData("What do I do while they\u2019re young?")]
    [InlineData("How often should I water it/them?")]
    [InlineData("Is the fig\u2014and it\u2014poisonous to cats?")]
    [InlineData("Why?")]
    [InlineData("How often?")]
    [InlineData("How do I do this, please?")]
    [InlineData("")]
    [InlineData("Wie oft gie\u00DFt man ihn?")]
    [InlineData("\u5B83\u4EC0\u4E48\u65F6\u5019\u5F00\u82B1")]
    public void Question_ThatLeansOnAnother_DoesNot(string question) => Assert.False(StandaloneQuestion.Is(question));
}
