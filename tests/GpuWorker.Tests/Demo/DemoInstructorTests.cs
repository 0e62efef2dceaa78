using Serverless.GpuWorker.Demo;

namespace Serverless.GpuWorker.Tests.Demo;

public sealed class DemoInstructorTests : IClassFixture<DemoInstructorFolder>
{
    private readonly NaiveEncoder _encoder;

    public DemoInstructorTests(DemoInstructorFolder folder) => _encoder = new NaiveEncoder(folder.Path);

    [Fact]
    public void Embed_SampleQuestions_NearestPassageIsTheOneThatAnswers()
    {
        var missed = new List<string>();
        foreach (var collection in DemoPrompts.Questions.GroupBy(asked => asked.Document.Split('/')[0]))
        {
            var passages = DemoPrompts.Passages(collection.Key).Select(passage => (passage.Document, passage.Text, Vector: _encoder.Embed(passage.Text))).ToArray();
            foreach (var asked in collection)
            {
                var question = _encoder.Embed(asked.Question);
                var nearest = passages.MaxBy(passage => Cosine(question, passage.Vector));
                var found = nearest.Document == asked.Document && nearest.Text.Contains(asked.Expected, StringComparison.Ordinal);
                if (!found) missed.Add($"{asked.Question} -> {nearest.Document}: {nearest.Text[..40]}");
            }
        }

        var rate = 1 - (double)missed.Count / DemoPrompts.Questions.Count;
        Assert.True(rate >= 0.85, $"{rate:P0} of {DemoPrompts.Questions.Count} found their passage; missed:\n{string.Join('\n', missed)}");
    }

    [Fact]
    public void Embed_SameWordsInOtherForms_AreCloserThanOtherWords()
    {
        var dropping = _encoder.Embed("a tree dropping leaves");
        Assert.True(Cosine(dropping, _encoder.Embed("Trees drop their leaf")) > 0.8);
        Assert.True(Cosine(dropping, _encoder.Embed("refund of an invoice")) < 0.3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("!!! ...")]
    [InlineData("\U0001F331")]
    public void Embed_NoWords_IsStillAUnitVector(string text) =>
        Assert.Equal(1, Cosine(_encoder.Embed(text), _encoder.Embed(text)), 3);

    private static double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
}
