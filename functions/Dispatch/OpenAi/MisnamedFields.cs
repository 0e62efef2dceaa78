using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Fields by which other APIs (Anthropic's, Ollama's, text-generation-inference's, OpenAI's responses), and the arguments of SDKs, say what a chat or a completion says in another one.
/// Unknown fields are ignored; these would be a system prompt, a limit or a form that the answer goes without, so they are refused with the name that is meant.
/// </summary>
internal static class MisnamedFields
{
    private static readonly (string Name, string Meant)[] Names =
    [
        ("system", "is a message of role system here"),
        ("instructions", "is a message of role system here"),
        ("stop_sequences", "is called 'stop' here"),
        ("max_new_tokens", "is called 'max_tokens' here"),
        ("num_predict", "is called 'max_tokens' here"),
        ("max_output_tokens", "is called 'max_tokens' here"),
        ("format", "is called 'response_format' here"),
        ("options", "is no field here: what is in it stands beside it"),
        ("extra_body", "is no field here: what is in it stands beside it"),
    ];

    private static readonly ulong Bits = RequestFields.BitsOf(Names.Select(field => field.Name));

    /// <exception cref="GatewayException">400 naming the field and what is meant.</exception>
    public static void Check(RequestFields fields, bool isChat)
    {
        // guidellm sends completions both names, of one number.
        if (!isChat && fields.Integer("max_completion_tokens") is { } limit && fields.Integer("max_tokens") != limit)
            throw GatewayException.Invalid("max_completion_tokens", "'max_completion_tokens' is called 'max_tokens' in a completion.", "unsupported_parameter");
        if (!fields.MayHaveAny(Bits)) return;
        foreach (var (name, meant) in Names)
        {
            if (fields.Element(name) is { } value && !IsEmpty(value)) throw GatewayException.Invalid(name, $"'{name}' {meant}.", "unsupported_parameter");
        }
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.String => value.ValueEquals(""u8),
        JsonValueKind.False => true,
        _ => false,
    };
}
