namespace Serverless.Contracts;

/// <summary>What went wrong.</summary>
/// <param name="Code">A stable, machine-readable word, for example <c>route_not_found</c>.</param>
/// <param name="Message">One sentence for a person: names the field and what is permitted.</param>
/// <param name="Type">The family, in OpenAI's words: <c>invalid_request_error</c>, <c>authentication_error</c>, <c>permission_error</c>, <c>not_found_error</c>, <c>rate_limit_error</c>, <c>upstream_error</c>, <c>server_error</c>.</param>
/// <param name="Param">The field at fault, when it is one field.</param>
public sealed record ErrorDetail(string Code, string Message, string Type, string? Param = null);
