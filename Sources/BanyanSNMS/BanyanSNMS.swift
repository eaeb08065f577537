// BanyanSNMS: the HTTP calls that a secondary node's customers already make (二级节点标识业务管理系统, SNMS v1, v3, v5).
//
//   SNMSDoor        the paths, under any base; who asks; one answer form for everything
//   Answers/        envelope, Chinese messages, what each refusal is told as
//   Identity/       login in two forms, accounts
//   Templates/      data templates
//   Identifiers/    query, create, update, delete, batches of up to 2,000
//   Enterprises/    applications, prefixes, hosting, uploads, pages
//   IDHub/          the calls of an enterprise node for its identifiers, where this node hosts the enterprise
//
// Clients read `status` and `message` of the body and take other HTTP statuses than 200 for a broken connection: so
// refusals come with 200. Everything is written through the registrar, as through any other door.
