using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.GpuWorker.Tests.Tokenization;

namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>Retrieval prompts over the sample documents: the passage that answers, among others of the same collection.</summary>
internal static partial class DemoPrompts
{
    public const string System = "You are a patient helper. Answer only from the passages of the context. If the passages do not hold the answer, say that you do not know it.";

    /// <summary>The gateway's built-in system part, which a route without one of its own has.</summary>
    public const string BuiltInSystem =
        "You answer questions from numbered passages that were looked up for you. Use only what the passages say, explain your answer, and refer to the passages it rests on. "
        + "When they do not hold the answer, say that you do not know. When the question makes no sense, say why instead of answering. Never make anything up.";

    private static readonly string Root = RepositoryRoot.Path;

    /// <summary>Document, question and a part of the sentence that answers it.</summary>
    public static IReadOnlyList<(string Document, string Question, string Expected)> Questions { get; } =
    [
        .. JsonSerializer.Deserialize<string[][]>(File.ReadAllText(Path.Combine(Root, "tests/GpuWorker.Tests/Demo/demo-questions.json")))!
            .Select(row => (row[0], row[1], row[2])),
    ];

    public static string Format(IEnumerable<string> passages, string question, string system = System) =>
        $"[INST] <<SYS>>\n{system}\n<</SYS>>\n\nContext:\n{string.Join('\n', passages.Select((passage, i) => $"[{i + 1}] {Flatten(passage)}"))}\n\nQuestion: {question} [/INST]";

    /// <summary>The sections of every sample document of a collection, 20 words or more, headings left out.</summary>
    public static List<(string Document, string Text)> Passages(string collection)
    {
        var folder = Path.Combine(Root, "samples", collection, "documents");
        var passages = new List<(string, string)>();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = collection + "/" + Path.GetRelativePath(folder, path).Replace('\\', '/');
            var text = File.ReadAllText(path);
            if (path.EndsWith(".html", StringComparison.Ordinal)) text = Script().Replace(text, "").Replace("<h2>", "\n\n# ").Replace("</tr>", "\n\n");
            text = Tag().Replace(text, " ");
            var sections = Regex.Split(text, @"^\s*#.*$", RegexOptions.Multiline).Select(section => string.Join('\n', section.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
            passages.AddRange(sections.Where(section => section.Length > 0).Select(section => (name, Spaces().Replace(section.Replace("*", ""), " "))));
        }

        return passages;
    }

    /// <summary>What the gateway would send: the four passages whose vectors are nearest to the question's.</summary>
    public static string Retrieved((string Document, string Question, string Expected) asked, NaiveEncoder encoder)
    {
        var question = encoder.Embed(asked.Question);
        var nearest = Passages(asked.Document.Split('/')[0]).OrderByDescending(passage => encoder.Embed(passage.Text).Zip(question, (x, y) => (double)x * y).Sum()).Take(4);
        return Format(nearest.Select(passage => passage.Text), asked.Question);
    }

    /// <summary>The prompt for a question: its passage and up to <paramref name="others"/> others, in an order that depends on the question.</summary>
    public static string For((string Document, string Question, string Expected) asked, int others, string system = System)
    {
        var all = Passages(asked.Document.Split('/')[0]);
        var own = all.First(passage => passage.Document == asked.Document && passage.Text.Contains(asked.Expected, StringComparison.Ordinal));
        var random = new Random(asked.Question.Length * 1000 + asked.Expected.Length);
        var picked = all.Where(passage => passage != own).OrderBy(_ => random.Next()).Take(others).Append(own).OrderBy(_ => random.Next());
        return Format(picked.Select(passage => passage.Text), asked.Question, system);
    }

    /// <summary>The samples' labelled questions of kind "paraphrase", each with its passage first and <paramref name="others"/> of the same collection behind it.</summary>
    public static IEnumerable<(string Passage, string Prompt, string Question)> Paraphrases(int others)
    {
        foreach (var collection in (string[])["gardening", "support-docs"])
        {
            var all = Passages(collection);
            foreach (var line in File.ReadLines(Path.Combine(Root, "samples", collection, "questions.jsonl")))
            {
                var asked = JsonNode.Parse(line)!;
                if ((string?)asked["kind"] != "paraphrase") continue;
                var (document, question, expected) = ($"{collection}/{asked["document"]}", (string)asked["question"]!, (string)asked["expect"]!);
                var own = all.FirstOrDefault(passage => passage.Document == document && passage.Text.Contains(expected, StringComparison.OrdinalIgnoreCase));
                if (own.Text is null) continue;
                var random = new Random(question.Length);
                var picked = all.Where(passage => passage != own).OrderBy(_ => random.Next()).Take(others).Prepend(own);
                yield return (own.Text, Format(picked.Select(passage => passage.Text), question), question);
            }
        }
    }

    /// <summary>
    /// Questions about texts of one to three sentences whose words the vocabulary mostly lacks, as a newcomer's own files are: the
    /// right text first, <paramref name="others"/> behind it. Some share no word with what answers them.
    /// </summary>
    public static IEnumerable<(string Passage, string Prompt, string Question, string Expected)> ShortDocuments(int others, string system)
    {
        var file = JsonNode.Parse(File.ReadAllText(Path.Combine(Root, "tests/GpuWorker.Tests/Demo/short-documents.json")))!;
        var documents = file["documents"]!.AsObject().ToDictionary(document => document.Key, document => (string)document.Value!);
        foreach (var asked in file["questions"]!.AsArray())
        {
            var (own, question, expected) = (documents[(string)asked![0]!], (string)asked[1]!, (string)asked[2]!);
            var random = new Random(question.Length);
            var picked = documents.Values.Where(text => text != own).OrderBy(_ => random.Next()).Take(others).Prepend(own);
            yield return (own, Format(picked, question, system), question, expected);
        }
    }

    /// <summary>
    /// The samples' labelled questions that follow another about the same document, as the gateway sends them: the turn before on a line of its own above the question. The passage that
    /// answers stands first, those of the same document behind it.
    /// </summary>
    public static IEnumerable<(string Prompt, string Question, string Expected)> FollowUps()
    {
        var all = Passages("gardening");
        foreach (var line in File.ReadLines(Path.Combine(Root, "samples", "gardening", "follow-ups.jsonl")))
        {
            var asked = JsonNode.Parse(line)!;
            var (document, question, expected) = ($"gardening/{asked["document"]}", (string)asked["question"]!, (string)asked["expect"]!);
            var before = (string)asked["history"]!.AsArray()[^1]!;
            var same = all.Where(passage => passage.Document == document).OrderByDescending(passage => passage.Text.Contains(expected, StringComparison.OrdinalIgnoreCase));
            if (same.Any(passage => passage.Text.Contains(expected, StringComparison.OrdinalIgnoreCase)))
                yield return (Format(same.Take(4).Select(passage => passage.Text), $"{before}\n{question}"), $"{before} {question}", expected);
        }
    }

    /// <summary>One line; a title without a full stop gets one, as the gateway's packer does it.</summary>
    private static string Flatten(string passage) =>
        string.Join(' ', passage.Split('\n').Select(line => line[^1] is '.' or '!' or '?' or ';' or ':' ? line : line + "."));

    [GeneratedRegex("<(script|style|nav|title)[^>]*>.*?</\\1>|<th>.*?</th>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
