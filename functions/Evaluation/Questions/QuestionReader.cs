using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Evaluation.Questions;

/// <summary>Reads questions: a list of objects, or JSON lines in the format of <c>samples/*/questions.jsonl</c>. Errors name the field and say nothing of its content.</summary>
public static partial class QuestionReader
{
    private const int MaxExpected = 16;
    private const int MaxDocuments = 16;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <exception cref="GatewayException">400 naming the field, for example <c>questions[3].question</c>.</exception>
    public static IReadOnlyList<EvaluationQuestion> Read(IReadOnlyList<JsonFields> items, string field = "questions")
    {
        ArgumentNullException.ThrowIfNull(items);
        return Checked([.. items.Select((item, i) => One(item, i))], field);
    }

    /// <param name="content">UTF-8; blank lines are passed over.</param>
    /// <exception cref="GatewayException">400 naming the line, for example <c>questions[line 3].question</c>.</exception>
    public static IReadOnlyList<EvaluationQuestion> ReadLines(ReadOnlyMemory<byte> content)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content.Span);
        }
        catch (DecoderFallbackException)
        {
            throw GatewayException.Invalid("questions", "'questions': the file is not UTF-8.");
        }

        var questions = new List<EvaluationQuestion>();
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (questions.Count == QuestionSet.MaxQuestions) throw TooMany("questions");
            var path = string.Create(CultureInfo.InvariantCulture, $"questions[line {number}]");
            try
            {
                using var json = JsonDocument.Parse(line, Strict);
                if (json.RootElement.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
                questions.Add(One(new JsonFields(json.RootElement, path), questions.Count));
            }
            catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
            {
                throw GatewayException.Invalid(path, $"'{path}' is not valid JSON.", "malformed_json");
            }
        }

        return Checked(questions, "questions");
    }

    private static EvaluationQuestion One(JsonFields fields, int index)
    {
        var id = fields.OptionalString("id", 64) ?? string.Create(CultureInfo.InvariantCulture, $"q{index + 1:D4}");
        if (!Id().IsMatch(id)) throw Invalid(fields, "id", "must have 1 to 64 letters, digits, '_', '-', '.' or ':'");
        var question = fields.RequiredString("question", 8000);
        if (string.IsNullOrWhiteSpace(question)) throw Invalid(fields, "question", "must not be blank");
        var kind = fields.OptionalString("kind", 32);
        if (kind is not null && !Id().IsMatch(kind)) throw Invalid(fields, "kind", "must have 1 to 32 letters, digits, '_', '-', '.' or ':'");
        var documents = Several(fields, "document", "documents", MaxDocuments, 1024);
        var section = fields.OptionalString("section", 1000);
        var expected = Several(fields, "expect", "expected", MaxExpected, 8000);
        fields.RejectUnknown();
        if (section is not null && documents.Count == 0) throw Invalid(fields, "section", "needs a 'document' that it is in");
        if (kind == EvaluationQuestion.Unanswerable && (documents.Count > 0 || expected.Count > 0))
            throw Invalid(fields, "kind", "must not be 'unanswerable' where 'document' or 'expect' is given");
        return new EvaluationQuestion(id, question, kind, documents, section, expected);
    }

    private static IReadOnlyList<string> Several(JsonFields fields, string one, string many, int most, int length)
    {
        var single = fields.OptionalString(one, length);
        var list = fields.Strings(many, most, length);
        if (single is not null && list is not null) throw Invalid(fields, many, $"must not stand beside '{one}'");
        if (single is { Length: 0 }) throw Invalid(fields, one, "must not be empty");
        return single is not null ? [single] : [.. (list ?? []).Distinct(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<EvaluationQuestion> Checked(IReadOnlyList<EvaluationQuestion> questions, string field)
    {
        if (questions.Count == 0) throw GatewayException.Invalid(field, $"'{field}' must hold at least one question.");
        if (questions.Count > QuestionSet.MaxQuestions) throw TooMany(field);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < questions.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{field}[{i}].id");
            if (!seen.Add(questions[i].Id)) throw GatewayException.Invalid(path, $"'{path}' is the id of an earlier question.");
        }

        return questions;
    }

    private static GatewayException TooMany(string field) => GatewayException.Invalid(field, $"'{field}' may hold at most {QuestionSet.MaxQuestions} questions.");

    private static GatewayException Invalid(JsonFields fields, string name, string what) => GatewayException.Invalid(fields.PathOf(name), $"'{fields.PathOf(name)}' {what}.");

    [GeneratedRegex(@"^[A-Za-z0-9_\-.:]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
