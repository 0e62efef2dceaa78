using System.Globalization;
using Markdig;
using Markdig.Parsers;
using Serverless.Documents.Markdown;

namespace Serverless.Documents.Tests;

/// <summary>However many link definitions there are in a row, the page is the one that Markdig's own parser makes.</summary>
public sealed class DefinitionParserTests
{
    private static readonly MarkdownPipeline Own = Pipe(new DefinitionParser());
    private static readonly MarkdownPipeline Markdigs = Pipe(new ParagraphBlockParser());

    private static readonly string[] Lines =
    [
        "[a{0}]: https://example.org/{0}", "[a{0}]: https://example.org/{0} 'T'", "[a{0}]:", "  https://example.org/{0}", "[", "a{0}", "]: /{0}", "'T'", "\"A title", "of three", "lines\"", "(T)", "(",
        "> [a{0}]: /{0}", "- [a{0}]: /{0}", "    [a{0}]: /{0}", "===", "---", "# Heading", "```", "",
    ];

    [Theory]
    [InlineData("", "[a{0}]: https://example.org/{0} 'T'\n", "")]
    [InlineData("", "[a{0}]:\n  https://example.org/{0}\n", "")]
    [InlineData("", "[a{0}]: <https://example.org/{0}>\n  \"A title\n  of three\n  lines\"\n", "")]
    [InlineData("", "[\na{0}\n]: https://example.org/{0}\n", "")]
    [InlineData("# Links\n", "[a{0}]: https://example.org/{0}\n", "")]
    [InlineData("", "> [a{0}]: https://example.org/{0}\n", "")]
    [InlineData("- Links\n\n", "  [a{0}]: https://example.org/{0}\n", "")]
    [InlineData("", "[a{0}]: https://example.org/{0}\n", "Then text.\n")]
    [InlineData("", "[a{0}]: https://example.org/{0}\n", "'A title'\n")]
    [InlineData("", "[a{0}]: https://example.org/{0}\n", "'No title\n")]
    [InlineData("", "[a{0}]: https://example.org/{0}\n", "Heading\n===\n")]
    [InlineData("", "[a{0}]: https://example.org/{0}\n", "===\n")]
    [InlineData("Words before them.\n", "[a{0}]: https://example.org/{0}\n", "")]
    [InlineData("```\n", "[a{0}]: https://example.org/{0}\n", "```\n")]
    public void Definitions_InARow_MeanWhatTheyMean(string before, string each, string after)
    {
        foreach (var count in (int[])[10, 127, 128, 129, 255, 256, 257, 600])
            AssertSame(before + string.Concat(Enumerable.Range(0, count).Select(i => string.Format(CultureInfo.InvariantCulture, each, i))) + after, count);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(129)]
    [InlineData(300)]
    public void Title_OfManyLines_IsOne(int lines)
    {
        var title = "'" + string.Concat(Enumerable.Repeat("line\n", lines)) + "'\n";
        AssertSame(string.Concat(Enumerable.Range(0, 260).Select(i => $"[a{i}]: /{i}\n")) + title + string.Concat(Enumerable.Range(260, 300).Select(i => $"[a{i}]: /{i}\n")), 560);
    }

    [Fact]
    public void Lines_OfAnyMixture_MeanWhatTheyMean()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var text = string.Empty;
            for (var run = 0; run < 6; run++)
            {
                var line = random.Next(3) > 0 ? Lines[0] : Lines[random.Next(Lines.Length)];
                var other = random.Next(2) == 0 ? line : Lines[random.Next(Lines.Length)];
                var count = random.Next(200);
                text += string.Concat(Enumerable.Range(0, count).Select(i => string.Format(CultureInfo.InvariantCulture, i % 2 == 0 ? line : other, (run * 200) + i) + "\n"));
            }

            AssertSame(text, 1200);
        }
    }

    private static void AssertSame(string markdown, int names)
    {
        var text = markdown + "\n\n" + string.Join("\n\n", Enumerable.Range(0, names).Select(i => $"[n{i}][a{i}]")) + "\n";
        Assert.Equal(Html(text, Markdigs), Html(text, Own));
    }

    // Of brackets in one paragraph that make no link, it refuses more than 128.
    private static string Html(string text, MarkdownPipeline pipeline)
    {
        try
        {
            return Markdig.Markdown.ToHtml(text, pipeline);
        }
        catch (ArgumentException refused)
        {
            return refused.Message;
        }
    }

    private static MarkdownPipeline Pipe(ParagraphBlockParser parser)
    {
        var builder = new MarkdownPipelineBuilder().UsePipeTables().UseTaskLists().UseFootnotes();
        builder.BlockParsers.Replace<ParagraphBlockParser>(parser);
        return builder.Build();
    }
}
