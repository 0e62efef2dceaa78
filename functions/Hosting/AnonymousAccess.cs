namespace Serverless.Functions.Hosting;

/// <summary>Who a request without credentials is.</summary>
public enum AnonymousAccess
{
    /// <summary>Nobody: it is refused.</summary>
    None,

    /// <summary>An operator, when it comes from a page or program of this machine. For a local run only.</summary>
    Operator,
}
