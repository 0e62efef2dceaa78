namespace Serverless.Functions.Clients;

/// <summary>What a client may do.</summary>
public enum ClientRole
{
    /// <summary>Use the routes and read the collections that it may.</summary>
    Client,

    /// <summary>See the configuration, without prompts and keys, and change nothing.</summary>
    Reader,

    /// <summary>Everything.</summary>
    Operator,
}
