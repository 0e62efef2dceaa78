namespace Serverless.Functions.Retrieval.Prompting;

/// <summary>The user part of a prompt: text with <c>{context}</c> and <c>{question}</c> once each.</summary>
public sealed class PromptTemplate
{
    public const string Context = "{context}";
    public const string Question = "{question}";

    /// <summary>The built-in system part: it confines the answer to the passages.</summary>
    public const string DefaultSystem =
        "You answer questions from numbered passages that were looked up for you. Use only what the passages say, explain your answer, and refer to the passages it rests on. "
        + "When they do not hold the answer, say that you do not know. When the question makes no sense, say why instead of answering. Never make anything up.";

    /// <summary>The built-in user part. The markers tell a model where passages end and the question begins.</summary>
    public const string DefaultUser = "Context:\n{context}\n\nQuestion: {question}";

    private readonly string _template;

    /// <exception cref="Dispatch.GatewayException">A placeholder is missing or stands twice.</exception>
    public PromptTemplate(string? template)
    {
        _template = string.IsNullOrWhiteSpace(template) ? DefaultUser : template;
        if (WhyNot(_template) is { } reason) throw Dispatch.GatewayException.Invalid("prompt_template", reason);
    }

    /// <summary>Why a template cannot be used, or null.</summary>
    public static string? WhyNot(string template)
    {
        foreach (var placeholder in (string[])[Context, Question])
        {
            var first = template.IndexOf(placeholder, StringComparison.Ordinal);
            if (first < 0 || template.IndexOf(placeholder, first + 1, StringComparison.Ordinal) >= 0)
                return $"The prompt template must hold {placeholder} exactly once.";
        }

        return null;
    }

    /// <summary>Fills both in at once: a passage or question that holds a placeholder is not filled in again.</summary>
    public string Fill(string context, string question)
    {
        var (atContext, atQuestion) = (_template.IndexOf(Context, StringComparison.Ordinal), _template.IndexOf(Question, StringComparison.Ordinal));
        return atContext < atQuestion
            ? string.Concat(_template.AsSpan(0, atContext), context, _template.AsSpan((atContext + Context.Length)..atQuestion), string.Concat(question, _template.AsSpan(atQuestion + Question.Length)))
            : string.Concat(_template.AsSpan(0, atQuestion), question, _template.AsSpan((atQuestion + Question.Length)..atContext), string.Concat(context, _template.AsSpan(atContext + Context.Length)));
    }
}
